import type { Kysely } from 'kysely';
import type { Explanation } from '../rules/explain.ts';
import type { RunState } from '../store/run-tables.ts';
import type { StoredEvent } from '../store/events.ts';
import type { Database } from '../store/schema.ts';
import { type PastEvent, toPastEvents } from './past-events.ts';
import { ensureRulesOf, type PresentRules } from './present-rules.ts';

/** Why each of today's rules does or does not match a stored event, beside what was done for it. */
export interface EventExplanation {
  readonly rules: readonly RuleExplanation[];
  /** What was done that no rule does today. */
  readonly gone: Pick<PastEvent, 'runs' | 'matched'>;
}

export interface RuleExplanation extends Omit<Explanation, 'runs'> {
  readonly runs: readonly (Explanation['runs'][number] & { readonly state: RunState | 'none' })[];
}

/** Explains a stored event. Matches it as it is stored: an old or own one says that it is. */
export async function explainEvent(
  db: Kysely<Database>,
  present: PresentRules,
  stored: Pick<StoredEvent, 'seq' | 'id' | 'json'>,
): Promise<EventExplanation> {
  const [past] = await toPastEvents(db, [stored]);
  if (past === undefined) return { rules: [], gone: { runs: [], matched: [] } };
  await ensureRulesOf(present, [past.event]);
  const states = new Map(past.runs.map(({ id, state }) => [id, state]));
  const rules = present.ruleSet.explain(past.event).map(({ runs, ...rule }) => ({
    ...rule,
    runs: runs.map((run) => ({ ...run, state: states.get(run.id) ?? ('none' as const) })),
  }));
  const plannedIds = new Set(rules.flatMap(({ runs }) => runs.map(({ id }) => id)));
  const raised = new Set(
    rules.flatMap(({ rule, triggers }) => triggers.map((trigger) => JSON.stringify([rule, trigger]))),
  );
  return {
    rules,
    gone: {
      runs: past.runs.filter(({ id }) => !plannedIds.has(id)),
      matched: past.matched.filter(
        ({ rule, trigger }) => trigger !== undefined && !raised.has(JSON.stringify([rule, trigger])),
      ),
    },
  };
}
