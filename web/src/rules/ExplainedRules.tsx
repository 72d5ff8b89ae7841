import { Skeleton } from '@mantine/core';
import { useExplanation } from '../api/rule-queries.ts';
import type { ExplainedRule } from '../api/rule-shapes.ts';
import { toShownProblem } from '../api/request.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import styles from './ExplainedRules.module.css';
import { ExplainedRuleItem } from './ExplainedRuleItem.tsx';
import { RunLine } from './RunLine.tsx';

/** Every rule in force with why it matches an event or does not; those that match first, those about other types last. Nothing where the hub cannot tell. */
export function ExplainedRules({ eventId }: { readonly eventId: string }) {
  const { data, error, refetch } = useExplanation(eventId);
  if (error !== null && data === undefined)
    return <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height="10rem" />;
  if (data === null) return null;
  const { rules, gone } = data;
  const sorted = rules.toSorted((a, b) => toRank(a) - toRank(b));
  return (
    <>
      <section aria-labelledby="today">
        <h3 id="today">By today’s rules</h3>
        {sorted.length === 0 ? (
          <p className={styles.soft}>
            There is no rule in force. A rule or a recipe in fettle.yaml makes events do things.
          </p>
        ) : (
          <ul className={styles.list}>
            {sorted.map((rule) => (
              <ExplainedRuleItem key={`${rule.source ?? ''} ${rule.rule}`} rule={rule} />
            ))}
          </ul>
        )}
      </section>
      {gone.runs.length + gone.triggers.length > 0 && (
        <section aria-labelledby="gone">
          <h3 id="gone">Done by rules that were changed since</h3>
          <ul className={styles.list}>
            {gone.triggers.map(({ rule, trigger }) => (
              <li key={`${rule} ${trigger}`}>
                <strong>{rule}</strong> raised <span className={styles.trigger}>{trigger}</span>
              </li>
            ))}
            {gone.runs.map(({ id, rule, action, destination, state }) => (
              <li key={id}>
                <strong>{rule}</strong>
                <RunLine id={id} action={action} destination={destination} state={state} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function toRank({ matched, failed }: ExplainedRule): number {
  if (matched) return 0;
  return failed?.condition === 'on' ? 2 : 1;
}
