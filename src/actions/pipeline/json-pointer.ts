/**
 * The value that a JSON pointer names, https://www.rfc-editor.org/rfc/rfc6901; undefined when there is none. Only own properties are
 * read, so `__proto__` means nothing.
 */
export function findPointed(value: unknown, pointer: string): unknown {
  let current = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[name];
  }
  return current;
}

/** As text: an id or a state may be a number or a truth value. Undefined for anything else, and for what no id or state is as long as. */
export function findPointedText(value: unknown, pointer: string): string | undefined {
  const found = findPointed(value, pointer);
  const isPlain = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean';
  const text = isPlain ? String(found) : '';
  return text === '' || text.length > 500 ? undefined : text;
}
