/** What the database takes neither as text nor, later on, as `jsonb`: a zero character and half a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** The JSON text of a value whose strings may come from anywhere; what the database cannot hold is replaced. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSTORABLE.test(text)) return text;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'string' ? toStorableText(part) : isPlainObject(part) ? toStorableKeys(part) : part,
  );
}

/** The text with what the database cannot hold replaced. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\u{FFFD}');
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toStorableKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [toStorableText(key), part]));
}
