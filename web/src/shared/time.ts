const UNITS = [
  { unit: 'day', ms: 86_400_000, short: 'd' },
  { unit: 'hour', ms: 3_600_000, short: 'h' },
  { unit: 'minute', ms: 60_000, short: 'min' },
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

/** How long until, in the largest fitting unit: `in 4m`; `now` when it is due. */
export function toUntil(iso: string, nowMs: number): string {
  const leftMs = Date.parse(iso) - nowMs;
  if (leftMs <= 0) return 'now';
  const fitting = UNITS.find(({ ms }) => leftMs >= ms);
  return fitting === undefined ? 'in under a minute' : ago.format(Math.floor(leftMs / fitting.ms), fitting.unit);
}

/** How long something took: `42 ms`, `3.1 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function toDurationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const index = UNITS.findIndex((unit) => ms >= unit.ms);
  const unit = UNITS[index] ?? UNITS[2];
  const rest = UNITS[index + 1] ?? { ms: 1_000, short: 's' };
  const left = Math.floor((ms % unit.ms) / rest.ms);
  return `${Math.floor(ms / unit.ms)} ${unit.short}${left === 0 ? '' : ` ${left} ${rest.short}`}`;
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
