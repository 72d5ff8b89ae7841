/**
 * Lenient reading of untrusted JSON. A reader returns `undefined` for anything that is missing or of the wrong type, so an odd
 * field loses only itself; a schema would lose the whole object (docs/decisions/0004-lenient-readers.md). Paths are property
 * names; only own properties are read, so `__proto__` means nothing.
 */
export type JsonObject = { readonly [key: string]: unknown };

/** Texts longer than this are cut; `bodyAt` allows more. */
const MAX_TEXT_LENGTH = 4_096;
const MAX_BODY_LENGTH = 65_536;
const MAX_WHOLE_LENGTH = 1_048_576;
const MAX_LIST_LENGTH = 3_000;

/** The value at a path, or undefined. */
export function valueAt(value: unknown, ...path: string[]): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as JsonObject)[name];
  }
  return current ?? undefined;
}

/** The object at a path; arrays are not objects. */
export function objectAt(value: unknown, ...path: string[]): JsonObject | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'object' && !Array.isArray(found) ? (found as JsonObject) : undefined;
}

/** The list at a path, cut at 3,000 entries; empty when there is none. */
export function listAt(value: unknown, ...path: string[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found.slice(0, MAX_LIST_LENGTH) : [];
}

/** Whether there is a list at a path. */
export function hasList(value: unknown, ...path: string[]): boolean {
  return Array.isArray(valueAt(value, ...path));
}

/** Non-empty text at a path, cut at 4,096 characters. */
export function textAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' && found !== '' ? toStorableText(found, MAX_TEXT_LENGTH) : undefined;
}

/** Text that may be long, cut at 64 kB. */
export function bodyAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'string' && found !== '' ? toStorableText(found, MAX_BODY_LENGTH) : undefined;
}

/** Text that is wanted whole, such as that of an issue; cut at 1 MB, beyond what a forge takes. Empty when there is none. */
export function wholeAt(value: unknown, ...path: string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === 'string' ? toStorableText(found, MAX_WHOLE_LENGTH) : '';
}

/** The names in a list of objects, or of texts. */
export function namesAt(value: unknown, list: string, name: string): string[] {
  return listAt(value, list).flatMap((entry) => textAt({ entry }, 'entry') ?? textAt(entry, name) ?? []);
}

/** A whole number ≥ 0 that JavaScript can hold exactly. */
export function integerAt(value: unknown, ...path: string[]): number | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
}

/** The number of an issue or pull request: a whole number ≥ 1. */
export function numberAt(value: unknown, ...path: string[]): number | undefined {
  const found = integerAt(value, ...path);
  return found === 0 ? undefined : found;
}

export function booleanAt(value: unknown, ...path: string[]): boolean | undefined {
  const found = valueAt(value, ...path);
  return typeof found === 'boolean' ? found : undefined;
}

/** An id as text, whether the forge writes it as a number or as text. Zero is no id. */
export function idAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === 'string') return found === '' ? undefined : toStorableText(found, 512);
  return typeof found === 'number' && Number.isSafeInteger(found) && found !== 0 ? String(found) : undefined;
}

/**
 * A time as ISO 8601 UTC. Reads ISO text with an offset or `UTC`, seconds and milliseconds since the epoch. The years outside
 * 1971–9999 are how forges write "never".
 */
export function timeAt(value: unknown, ...path: string[]): string | undefined {
  const found = valueAt(value, ...path);
  let atMs = Number.NaN;
  if (typeof found === 'string') atMs = Date.parse(found);
  else if (typeof found === 'number') atMs = found < 1e11 ? found * 1000 : found;
  if (!(atMs > 31_536_000_000 && atMs < 253_402_300_800_000)) return undefined;
  return new Date(atMs).toISOString();
}

/** Text that PostgreSQL and JSON can hold: no NUL, no lone surrogates, at most `maxLength` UTF-16 units. */
export function toStorableText(text: string, maxLength: number): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return cut.replaceAll('\u0000', '\u{FFFD}').toWellFormed();
}

/** The object without its undefined properties; undefined when none is left. */
export function present<T extends object>(fields: T): T | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}
