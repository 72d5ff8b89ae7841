import type { RunAttempt } from '../api/run-shapes.ts';
import { toCountText } from '../shared/quantity.ts';
import { toDurationText, toMomentText } from '../shared/time.ts';
import styles from './AttemptList.module.css';
import { StateChip } from './StateChip.tsx';

export interface AttemptListProps {
  readonly attempts: readonly RunAttempt[];
  /** How many were begun in all. */
  readonly begun: number;
}

/** Every attempt that is kept, the last first, with how it ended. */
export function AttemptList({ attempts, begun }: AttemptListProps) {
  if (attempts.length === 0) return null;
  const dropped = (attempts[0]?.number ?? 1) - 1;
  return (
    <section aria-labelledby="attempts">
      <h3 id="attempts">{toCountText(begun, 'attempt')}</h3>
      <ol className={styles.attempts} reversed>
        {attempts.toReversed().map(({ number, startedAt, finishedAt, state, code, detail }) => (
          <li key={`${number} ${startedAt}`} value={number}>
            <div className={styles.line}>
              <StateChip state={state} />
              <span>{toMomentText(startedAt)}</span>
              <span className={styles.soft}>{toDurationText(Date.parse(finishedAt) - Date.parse(startedAt))}</span>
              {code !== undefined && <code className={styles.soft}>{code}</code>}
            </div>
            {detail !== undefined && <p>{detail}</p>}
          </li>
        ))}
      </ol>
      {dropped > 0 && (
        <p className={styles.soft}>{toCountText(dropped, 'earlier attempt is', 'earlier attempts are')} not kept.</p>
      )}
    </section>
  );
}
