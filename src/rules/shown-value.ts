/** Longest text of a value in a message, in characters. */
const SHOWN_LENGTH = 80;

/** A value of an event in a message: as JSON, cut, on one line; `null` for what is absent. */
export function toShownText(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_key, inner: unknown) =>
    typeof inner === 'bigint' ? Number(inner) : inner instanceof Map ? Object.fromEntries(inner) : inner,
  );
  const plain = text.replaceAll(/[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
  return plain.length > SHOWN_LENGTH ? `${plain.slice(0, SHOWN_LENGTH)}…` : plain;
}
