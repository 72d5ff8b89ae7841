import type { MatchedRule } from '../api/shapes.ts';
import type { RunSummary } from '../api/run-shapes.ts';
import styles from './MatchedRules.module.css';
import { RunLine } from './RunLine.tsx';
import { toRuleEffects } from './rule-effects.ts';

export interface MatchedRulesProps {
  readonly matched: readonly MatchedRule[];
  readonly runs: readonly RunSummary[];
}

/** What each rule that matched did: the triggers it raised, and its runs with how they stand. */
export function MatchedRules({ matched, runs }: MatchedRulesProps) {
  return (
    <ul className={styles.rules}>
      {toRuleEffects(matched, runs).map(({ rule, triggers, effects }) => (
        <li key={rule}>
          <strong>{rule}</strong>
          {triggers.map((trigger) => (
            <span key={trigger}>
              {' '}
              raised <span className={styles.trigger}>{trigger}</span>
            </span>
          ))}
          {effects.map(({ id, action, destination, state }) => (
            <RunLine key={id} id={id} action={action} destination={destination} state={state} />
          ))}
        </li>
      ))}
    </ul>
  );
}
