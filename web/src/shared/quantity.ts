const number = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** A number with separators: 12,345. */
export function toNumberText(value: number): string {
  return number.format(value);
}

/** A number in little room: 12.3K. */
export function toShortNumberText(value: number): string {
  return value < 10_000 ? number.format(value) : short.format(value);
}

/** A count and its noun: `1 event`, `12 events`. */
export function toCountText(value: number, noun: string, plural = `${noun}s`): string {
  return `${toNumberText(value)} ${value === 1 ? noun : plural}`;
}

/** A size in bytes, kB or MB. */
export function toSizeText(bytes: number): string {
  if (bytes < 1_000) return toCountText(bytes, 'byte');
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
