/**
 * Keeps secrets out of the log, whoever logs what. By name: the value of anything called secret, token, authorization, cookie
 * or password, at any depth. By look: tokens of our own and passwords within URLs, inside any text.
 */

const SECRET_NAME = /secret|token|authorization|cookie|password|passwd|credential|api_?key/i;
/** Names that match above but tell nothing secret. */
const HARMLESS_NAME = /^(tokenId|tokenName|tokens|secretsActive)$/;
const MAX_DEPTH = 6;
export const REDACTED = '[redacted]';

/** A copy of the facts of a log line without secrets. */
export function redactFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return redactObject(facts, 0);
}

/** A text without our own tokens and without passwords in URLs. */
export function redactText(text: string): string {
  return text
    .replace(/fettle_[\w-]{16,}/g, `fettle_${REDACTED}`)
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, `$1${REDACTED}@`);
}

/** What is logged of an error: no properties of its own besides code, since libraries put requests and headers there. */
export function toErrorFacts(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: redactText(String(error)) };
  return {
    type: error.name,
    message: redactText(error.message),
    ...('code' in error ? { code: error.code } : {}),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined || depth > 3 ? {} : { cause: toErrorFacts(error.cause, depth + 1) }),
  };
}

function redactObject(source: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(source).map(([name, value]) => [name, redactValue(name, value, depth)] as const);
  return Object.fromEntries(entries);
}

function redactValue(name: string, value: unknown, depth: number): unknown {
  if (value === null || value === undefined) return value;
  if (SECRET_NAME.test(name) && !HARMLESS_NAME.test(name) && typeof value !== 'boolean') return REDACTED;
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return value;
  if (value instanceof Error) return toErrorFacts(value);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return redactText(value.href);
  if (!Array.isArray(value) && !isPlain(value)) return `[${value.constructor.name}]`;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redactValue('', item, depth + 1));
  return redactObject(value, depth + 1);
}

/** Instances of classes may be whole requests or connections; only plain data is written out. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
