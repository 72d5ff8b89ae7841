import type { ActionTarget } from '../jobs/contract.ts';
import type { RunOptions } from '../store/run-tables.ts';

/** One rule that matched an event: the triggers it raises at once and the runs it makes. */
export interface Match {
  readonly rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  readonly source: string | null;
  readonly triggers: readonly string[];
  readonly runs: readonly PlannedRun[];
}

/** A run as a rule and an event determine it. */
export interface PlannedRun extends Omit<ActionTarget, 'reaches'> {
  /** Follows from event, rule, action and target: the same match gives the same id. */
  readonly id: string;
  readonly rule: string;
  readonly source: string | null;
  readonly action: string;
  /** Place in the rule's `do`, from 0. */
  readonly position: number;
  readonly chain: string;
  /** Id of the run before it, for a rule that works one after the other. */
  readonly after: string | null;
  /** Rendered; secrets as references. Null when it could not be rendered: the run is dead from the start. */
  readonly input: Readonly<Record<string, unknown>> | null;
  readonly problem: {
    readonly code: 'template_failed' | 'input_invalid' | 'action_forbidden';
    readonly detail: string;
  } | null;
  readonly options: RunOptions;
  readonly priority: number;
  readonly hops: number;
}

/** What of a match is kept with the event: one line for each trigger and each run. */
export function toMatched({ rule, triggers, runs }: Match) {
  return [
    ...triggers.map((trigger) => ({ rule, trigger })),
    ...runs.map(({ action, id }) => ({ rule, action, run: id })),
  ];
}
