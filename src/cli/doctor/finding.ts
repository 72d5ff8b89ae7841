/** What one check of `doctor` found. */
export interface Finding {
  /** What was checked: `forge home: token`. */
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do, when something is to be done. */
  readonly advice?: string;
}

export function ok(name: string, detail: string): Finding {
  return { name, status: 'ok', detail };
}

export function warn(name: string, detail: string, advice: string): Finding {
  return { name, status: 'warn', detail, advice };
}

export function fail(name: string, detail: string, advice: string): Finding {
  return { name, status: 'fail', detail, advice };
}

/** What an error says, in one sentence, for a finding. */
export function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
