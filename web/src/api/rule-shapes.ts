import type { RunState } from './run-shapes.ts';

/** Why the rules in force do what they do, as the API answers it; /api/openapi.json has the whole. */

export interface ExplainedRule {
  readonly rule: string;
  /** The repository whose own file holds the rule; null for the hub's. */
  readonly source: string | null;
  readonly matched: boolean;
  /** The first condition that the event does not meet. */
  readonly failed?: {
    readonly condition: string;
    /** What the rule asks for. */
    readonly wanted: string;
    /** What the event says. */
    readonly actual: string;
  };
  /** What was assumed, and why a run could do nothing. */
  readonly notes: readonly string[];
  readonly triggers: readonly string[];
  readonly runs: readonly {
    readonly id: string;
    readonly action: string;
    readonly destination: string;
    /** `none` when it was never made. */
    readonly state: RunState | 'none';
  }[];
}

export interface Explanation {
  /** Every rule in force, in the order in which they are asked. */
  readonly rules: readonly ExplainedRule[];
  /** What was done for the event that no rule in force would do. */
  readonly gone: {
    readonly runs: readonly {
      readonly id: string;
      readonly rule: string;
      readonly action: string;
      readonly destination: string;
      readonly state: RunState;
    }[];
    readonly triggers: readonly { readonly rule: string; readonly trigger: string }[];
  };
}

/** A rule that was paused for a place because it seemed to run in a loop. */
export interface RulePause {
  readonly rule: string;
  /** Forge, repository, and number or branch. */
  readonly scope: string;
  readonly pausedAt: string;
  readonly reason: string;
}
