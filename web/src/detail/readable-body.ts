import { indentJson } from './indent-json.ts';

/** The JSON within a body, indented: the body itself, or the `payload` field of a form; null when it is neither. */
export function toReadableBody(body: string): string | null {
  const json = isJson(body) ? body : new URLSearchParams(body).get('payload');
  return json !== null && isJson(json) ? indentJson(json) : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    return !(error instanceof SyntaxError);
  }
}
