import type { RunState, RunSummary } from '../api/run-shapes.ts';
import type { MatchedRule } from '../api/shapes.ts';

/** What one rule did. */
export interface RuleEffects {
  readonly rule: string;
  readonly triggers: readonly string[];
  readonly effects: readonly {
    readonly id: string;
    readonly action: string;
    /** Null when the run is not kept any more. */
    readonly destination: string | null;
    readonly state: RunState | null;
  }[];
}

/** What was done for an event, by rule: those that matched when it came, then those of replays. */
export function toRuleEffects(matched: readonly MatchedRule[], runs: readonly RunSummary[]): readonly RuleEffects[] {
  const inOrder = runs.toSorted((a, b) => a.ordinal - b.ordinal);
  const rules = new Set([...matched.map(({ rule }) => rule), ...inOrder.map(({ rule }) => rule)]);
  return [...rules].map((rule) => {
    const own = matched.filter((entry) => entry.rule === rule);
    const kept = inOrder.filter((run) => run.rule === rule);
    const lost = own.flatMap(({ run, action }) =>
      run === undefined || kept.some(({ id }) => id === run)
        ? []
        : [{ id: run, action: action ?? 'an action', destination: null, state: null }],
    );
    return { rule, triggers: own.flatMap(({ trigger }) => trigger ?? []), effects: [...kept, ...lost] };
  });
}
