import type { ExplainedRule } from '../api/rule-shapes.ts';
import styles from './ExplainedRules.module.css';
import { RunLine } from './RunLine.tsx';
import { CONDITION_TEXTS } from './condition-texts.ts';

/** One rule: that it matches and what it asks for, or the first condition that the event does not meet, with what it says instead. */
export function ExplainedRuleItem({ rule }: { readonly rule: ExplainedRule }) {
  const { rule: name, source, matched, failed, notes, triggers, runs } = rule;
  return (
    <li className={styles.item} data-matched={matched}>
      <p>
        <strong>{name}</strong>
        {source !== null && <span className={styles.soft}> of {source}</span>}{' '}
        <span className={styles.verdict}>{matched ? 'matches' : 'does not match'}</span>
      </p>
      {failed !== undefined && (
        <dl className={styles.failed}>
          <dt>{CONDITION_TEXTS[failed.condition] ?? failed.condition}</dt>
          <dd>
            <code>{failed.wanted}</code>
          </dd>
          <dt>This event</dt>
          <dd>
            <code>{failed.actual}</code>
          </dd>
        </dl>
      )}
      {triggers.length > 0 && (
        <p>
          raises <span className={styles.trigger}>{triggers.join(', ')}</span>
        </p>
      )}
      {runs.map(({ id, action, destination, state }) => (
        <RunLine key={id} id={id} action={action} destination={destination} state={state} />
      ))}
      {notes.map((note) => (
        <p key={note} className={styles.soft}>
          {note}
        </p>
      ))}
    </li>
  );
}
