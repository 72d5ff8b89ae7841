import type { ChainRun } from './run-shapes.ts';

/** The ledger as the API answers it; /api/openapi.json has the whole. */

export interface LedgerRun {
  /** Id of the run that recorded it. */
  readonly id: string;
  readonly ordinal: number;
  readonly node: string;
  readonly trigger: string;
  readonly startedAt: string;
  /** Null while it runs. */
  readonly finishedAt: string | null;
  /** `success`, `failure`, `cancelled`, `skipped`, `running`, or a word of the rule. */
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly title: string | null;
  readonly url: string | null;
  readonly actor: string | null;
  readonly forge: string | null;
  readonly repo: string | null;
  readonly eventId: string | null;
  readonly chain: string | null;
}

/** A run in a list, with what the same event and rule also set off. */
export interface ListedLedgerRun extends LedgerRun {
  readonly chainRuns: readonly ChainRun[];
}

export interface LedgerNode {
  readonly id: string;
  readonly title: string;
  readonly forge: string | null;
  /** Null when its runs belong to none or to several. */
  readonly repo: string | null;
  readonly firstRunAt: string;
  readonly lastRunAt: string;
  readonly lastStatus: string;
  /** Null when retention dropped it. */
  readonly lastRun: LedgerRun | null;
  readonly runs: number;
  readonly failures: number;
}
