/** More of one value than this is in the JSON of the task. */
const LONGEST = 1_000;

/** What an entry of the journal tells besides its kind, each value with its name; what is empty is left out. */
export function toEntryTexts(
  data: Readonly<Record<string, unknown>>,
): readonly { readonly name: string; readonly text: string }[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const text = toText(value);
    return text === '' ? [] : [{ name, text: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text }];
  });
}

function toText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}
