import type { RunDetails } from '../api/run-shapes.ts';
import { Link } from '../navigation/Link.tsx';
import styles from './ChainList.module.css';
import { StateChip } from './StateChip.tsx';

/** What the same event and rule set off besides, in order; nothing for a run that is alone. */
export function ChainList({ run, search }: { readonly run: RunDetails; readonly search: string }) {
  if (run.chainRuns.length < 2) return null;
  return (
    <section aria-labelledby="chain">
      <h3 id="chain">Set off together</h3>
      <ol className={styles.chain}>
        {run.chainRuns.map(({ id, action, state }) => (
          <li key={id}>
            <StateChip state={state} />
            {id === run.id ? (
              <span>
                {action} <span className={styles.soft}>· this one</span>
              </span>
            ) : (
              <Link href={`/runs/${id}${search}`}>{action}</Link>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
