/** Tasks and agents as the API answers them; /api/openapi.json has the whole. Titles, bodies, notes and answers are of strangers. */

/** The states of a task, those that need something first. */
export const TASK_STATES = [
  'blocked',
  'queued',
  'leased',
  'needs_input',
  'awaiting_approval',
  'failed',
  'dead',
  'succeeded',
  'cancelled',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

const OVER: readonly TaskState[] = ['failed', 'dead', 'succeeded', 'cancelled'];

/** Whether nothing happens to a task any more until somebody opens or requeues it. */
export function isTaskOver({ state }: { readonly state: TaskState }): boolean {
  return OVER.includes(state);
}

export type Difficulty = 'low' | 'medium' | 'high';

export interface TaskSummary {
  readonly id: string;
  readonly ordinal: number;
  readonly key: string;
  readonly state: TaskState;
  readonly reason: string | null;
  readonly title: string;
  readonly forge: string;
  readonly repo: string | null;
  readonly subject: 'issue' | 'pull' | null;
  readonly number: number | null;
  readonly url: string | null;
  readonly labels: readonly string[];
  readonly priority: number;
  readonly difficulty: Difficulty | null;
  /** Tokens. */
  readonly estimate: number | null;
  readonly round: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Who holds it. */
  readonly agent: string | null;
  readonly chosenAgent: string | null;
  readonly percent: number | null;
  readonly note: string | null;
  readonly expiresAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly queuedAt: string | null;
  readonly finishedAt: string | null;
}

export interface TaskReason {
  readonly by: 'assignee' | 'label' | 'command' | 'api' | 'rule';
  readonly value: string;
  readonly actor: string | null;
  readonly at: string;
}

/** A value that was read in the issue, how sure it is from 0 to 1, and where it was found. */
export interface ReadValue<T> {
  readonly value: T;
  readonly confidence: number;
  readonly from: 'section' | 'formula' | 'text' | 'estimator';
  readonly line?: string;
}

export interface Reference {
  readonly repo: string | null;
  readonly number: number;
}

/** What was read in the text of an issue; what it does not tell is absent. */
export interface Understanding {
  readonly objective?: ReadValue<string>;
  readonly estimate?: ReadValue<number>;
  readonly difficulty?: ReadValue<Difficulty>;
  readonly files?: ReadValue<number>;
  readonly complexity?: ReadValue<Difficulty>;
  readonly tests?: ReadValue<Difficulty>;
  readonly documentation?: ReadValue<string>;
  readonly agent?: ReadValue<string>;
  readonly blockedBy: readonly ReadValue<Reference>[];
  readonly blocks: readonly ReadValue<Reference>[];
  readonly criteria: {
    readonly total: number;
    readonly done: number;
    readonly items: readonly { readonly text: string; readonly isDone: boolean }[];
  };
  readonly problems: readonly string[];
}

export interface TaskOptions {
  readonly rule: string | null;
  readonly agent: string | null;
  readonly skills: readonly string[];
  readonly approval: 'none' | 'before' | 'after' | 'both';
  readonly gates: readonly ({ readonly kind: string } & Readonly<Record<string, unknown>>)[];
  readonly maxAttempts: number;
  readonly leaseMs: number;
}

export interface TaskResult {
  readonly summary: string;
  /** Number or address. */
  readonly pull?: string;
  readonly branch?: string;
  readonly commits?: readonly string[];
  readonly data?: unknown;
}

export interface GateVerdict {
  readonly gate: string;
  readonly state: string;
  readonly detail: string;
}

export interface TaskDependency {
  readonly repo: string;
  readonly number: number;
  readonly title: string | null;
  readonly state: 'open' | 'closed' | 'unknown' | 'cycle';
  readonly waivedBy: string | null;
  readonly task: { readonly id: string; readonly state: TaskState } | null;
}

export interface LeaseRecord {
  readonly fence: number;
  readonly round: number;
  readonly agent: string;
  readonly principal: string;
  readonly claimedAt: string;
  readonly endedAt: string | null;
  readonly ended: 'completed' | 'failed' | 'released' | 'expired' | 'withdrawn' | null;
  readonly cost: number;
}

export interface TaskEntry {
  readonly number: number;
  readonly at: string;
  readonly kind: string;
  readonly by: string | null;
  readonly fence: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface TaskDetails extends TaskSummary {
  readonly body: string;
  readonly author: string | null;
  readonly reasons: readonly TaskReason[];
  readonly chosenBecause: string | null;
  readonly understood: Understanding | null;
  readonly options: TaskOptions;
  readonly question: string | null;
  readonly handover: string | null;
  readonly verdicts: readonly GateVerdict[];
  readonly submitted: TaskResult | null;
  readonly result: TaskResult | null;
  readonly approvedBy: string | null;
  readonly quarantinedBy: string | null;
  readonly dependencies: readonly TaskDependency[];
  readonly leases: readonly LeaseRecord[];
  /** The last entries, oldest first. */
  readonly journal: readonly TaskEntry[];
}

export interface TaskCounts {
  readonly counts: readonly { readonly state: TaskState; readonly tasks: number }[];
  readonly oldestQueuedAt: string | null;
}

export interface Agent {
  readonly name: string;
  /** Where its profile is from. */
  readonly source: 'config' | 'api';
  readonly about: string | null;
  /** Tokens; null is unlimited. */
  readonly contextLimit: number | null;
  /** Of a million tokens; 0 for one's own. */
  readonly cost: number;
  readonly capabilities: readonly string[];
  readonly labels: readonly string[];
  readonly repos: readonly string[];
  readonly concurrency: number;
  readonly budgetPerDay: number | null;
  readonly held: number;
  readonly spentToday: number;
  readonly seenAt: string | null;
}
