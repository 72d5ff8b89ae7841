/** Runs, breakers and actions as the API answers them; /api/openapi.json has the whole. */

/** The states of a run, those that need something first. */
export const RUN_STATES = [
  'queued',
  'running',
  'waiting',
  'failed',
  'dead',
  'succeeded',
  'unchanged',
  'skipped',
  'cancelled',
] as const;
export type RunState = (typeof RUN_STATES)[number];

const MOVING: readonly RunState[] = ['queued', 'running', 'waiting', 'failed'];

/** Whether a run may change by itself, so that looking again soon is worth it. */
export function isMoving({ state }: { readonly state: RunState | 'none' }): boolean {
  return state !== 'none' && MOVING.includes(state);
}

export interface RunSummary {
  readonly id: string;
  readonly ordinal: number;
  readonly createdAt: string;
  readonly origin: 'event' | 'schedule' | 'replay' | 'manual';
  readonly eventId: string | null;
  readonly deliveryId: string | null;
  readonly rule: string;
  /** The repository whose own file holds the rule; null for the hub's. */
  readonly ruleSource: string | null;
  readonly action: string;
  readonly position: number;
  readonly chain: string;
  readonly afterRun: string | null;
  readonly forge: string | null;
  readonly repo: string | null;
  readonly subject: string | null;
  readonly number: number | null;
  readonly destination: string;
  readonly state: RunState;
  readonly reason: string | null;
  readonly code: string | null;
  readonly nextAt: string | null;
  readonly attempt: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface RunStep {
  readonly name: string;
  readonly attempt: number;
  readonly startedAt: string;
  /** Null when it did not finish. */
  readonly finishedAt: string | null;
  readonly output?: unknown;
  readonly error?: string;
  readonly log?: readonly string[];
}

export interface RunAttempt {
  readonly number: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly state: RunState;
  readonly code?: string;
  readonly detail?: string;
}

export interface ChainRun {
  readonly id: string;
  readonly action: string;
  readonly position: number;
  readonly state: RunState;
}

export interface RunDetails extends RunSummary {
  /** What to do next. */
  readonly advice: string | null;
  readonly orderKey: string | null;
  readonly credential: string | null;
  /** As rendered, secrets as references; null when it could not be rendered. */
  readonly input: unknown;
  readonly options: {
    readonly retryForMs: number | null;
    readonly maxAttempts: number | null;
    readonly timeoutMs: number | null;
    readonly onUnknown: 'resend' | 'stop';
  };
  readonly priority: number;
  readonly hops: number;
  readonly firstAttemptAt: string | null;
  readonly steps: readonly RunStep[];
  readonly attempts: readonly RunAttempt[];
  /** API calls spent, by credential. */
  readonly calls: Readonly<Record<string, number>>;
  readonly result: unknown;
  readonly event: { readonly id: string; readonly seq: number; readonly type: string } | null;
  readonly delivery: { readonly forge: string; readonly deliveryId: string } | null;
  readonly chainRuns: readonly ChainRun[];
}

export interface RunCounts {
  readonly counts: readonly { readonly state: RunState; readonly action: string; readonly runs: number }[];
  readonly oldestDueAt: string | null;
}

/** What was, or for a dry run would be, done to many runs. */
export interface BulkResult {
  readonly matched: number;
  readonly changed: number;
  /** There are further ones. */
  readonly more: boolean;
}

/** A destination or a credential that is left alone for a while. */
export interface Breaker {
  /** `destination:<name>`, `credential:<name>` or `credential:<name>@<target>`. */
  readonly scope: string;
  readonly kind: 'destination' | 'credential';
  readonly openedAt: string;
  /** When one run may try; null for a credential, which must change. */
  readonly until: string | null;
  readonly failures: number;
  readonly code: string;
  readonly reason: string;
}

/** JSON Schema, as far as the page reads it. */
export interface FieldSchema {
  readonly description?: string;
  /** The field holds a reference to a secret. */
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
}

export interface ActionDefinition {
  readonly name: string;
  readonly summary: string;
  readonly input: FieldSchema;
}
