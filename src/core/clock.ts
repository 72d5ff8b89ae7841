/** Milliseconds since the epoch; passed in wherever time decides something, so that tests can hold it still. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** ISO 8601 in UTC with milliseconds, the only form of time in events, logs and the API. */
export function toIsoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
