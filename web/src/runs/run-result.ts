/** What an action said at its end. */
export interface RunResult {
  readonly summary: string | null;
  readonly url: string | null;
  readonly data: unknown;
}

/** Reads the result of a run, which is the action's own and may be anything. */
export function toResult(result: unknown): RunResult {
  if (typeof result !== 'object' || result === null) return { summary: null, url: null, data: undefined };
  const { summary, url, data } = result as Readonly<Record<string, unknown>>;
  return {
    summary: typeof summary === 'string' && summary !== '' ? summary : null,
    url: typeof url === 'string' && url !== '' ? url : null,
    data,
  };
}
