import { indentJson } from './indent-json.ts';

/** A body beyond this is shown as received only; indenting it would hold up the page. */
const MAX_CHARACTERS = 5_000_000;

/** The JSON within a body, indented: the body itself, or the `payload` field of a form; null when it is neither. */
export function toReadableBody(body: string): string | null {
  if (body.length > MAX_CHARACTERS) return null;
  const json = isJson(body) ? body : new URLSearchParams(body).get('payload');
  return json !== null && isJson(json) ? indentJson(json) : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}
