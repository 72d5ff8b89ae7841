import type { GateVerdict } from '../api/task-shapes.ts';
import { Icon } from '../shared/Icon.tsx';
import styles from './VerdictList.module.css';

/** What was checked of the work that was handed in; nothing when nothing was. */
export function VerdictList({ verdicts }: { readonly verdicts: readonly GateVerdict[] }) {
  if (verdicts.length === 0) return null;
  return (
    <section aria-labelledby="verdicts">
      <h3 id="verdicts">Checked before it counts as done</h3>
      <ul className={styles.list}>
        {verdicts.map(({ gate, state, detail }) => (
          <li key={gate} className={styles.item} data-state={state}>
            <span className={styles.mark}>
              <Icon name={state === 'passed' ? 'check' : state === 'rejected' ? 'cross' : 'pause'} size={14} />
            </span>
            <strong>{gate}</strong>
            <span>{state}</span>
            <span className={styles.detail}>{detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
