import type { EventDetails } from '../api/shapes.ts';
import { ExplainedRules } from '../rules/ExplainedRules.tsx';
import { MatchedRules } from '../rules/MatchedRules.tsx';
import styles from './EventTab.module.css';

/** What the rules did because of an event, and why each of today's rules matches it or not. */
export function RulesTab({ details }: { readonly details: EventDetails }) {
  const { event, matched, runs } = details;
  return (
    <div className={styles.tab}>
      <section aria-labelledby="done">
        <h3 id="done">What was done</h3>
        {matched.length + runs.length === 0 ? (
          <p className={styles.soft}>No rule matched.</p>
        ) : (
          <MatchedRules matched={matched} runs={runs} />
        )}
      </section>
      <ExplainedRules eventId={event.id} />
    </div>
  );
}
