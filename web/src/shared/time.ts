const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
] as const;
const ago = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** How long ago, in the largest fitting unit: `now`, `5m ago`, `3h ago`. */
export function toAgo(iso: string, nowMs: number): string {
  const pastMs = nowMs - Date.parse(iso);
  const fitting = UNITS.find(({ ms }) => pastMs >= ms);
  return fitting === undefined ? 'just now' : ago.format(-Math.floor(pastMs / fitting.ms), fitting.unit);
}

/** Date, time and time zone, as this browser writes them. */
export function toMomentText(iso: string): string {
  return moment.format(new Date(iso));
}

/** The day of a time, as a heading: Today, Yesterday, or the date. */
export function toDayText(iso: string, nowMs: number): string {
  const text = day.format(new Date(iso));
  if (text === day.format(new Date(nowMs))) return 'Today';
  if (text === day.format(new Date(nowMs - 86_400_000))) return 'Yesterday';
  return text;
}
