import type { LeaseRecord } from '../api/task-shapes.ts';
import styles from '../runs/AttemptList.module.css';
import { toCountText } from '../shared/quantity.ts';
import { toDurationText, toMomentText } from '../shared/time.ts';

const ENDS: Record<NonNullable<LeaseRecord['ended']>, string> = {
  completed: 'completed',
  failed: 'failed',
  released: 'given back',
  expired: 'expired: the agent was not heard from',
  withdrawn: 'withdrawn',
};

/** Every time the task was claimed, the last first. */
export function LeaseList({ leases }: { readonly leases: readonly LeaseRecord[] }) {
  if (leases.length === 0) return null;
  return (
    <section aria-labelledby="leases">
      <h3 id="leases">Claimed {toCountText(leases.length, 'time')}</h3>
      <ul className={styles.attempts}>
        {leases
          .toSorted((a, b) => b.fence - a.fence)
          .map(({ fence, agent, principal, claimedAt, endedAt, ended, cost }) => (
            <li key={fence}>
              <div className={styles.line}>
                <strong>{agent}</strong>
                <span>{ended === null ? 'holds it' : ENDS[ended]}</span>
                <span>{toMomentText(claimedAt)}</span>
                {endedAt !== null && (
                  <span className={styles.soft}>
                    after {toDurationText(Date.parse(endedAt) - Date.parse(claimedAt))}
                  </span>
                )}
                <span className={styles.soft}>as {principal}</span>
                {cost > 0 && <span className={styles.soft}>cost {cost.toFixed(2)} by the estimate</span>}
                <span className={styles.soft}>fence {fence}</span>
              </div>
            </li>
          ))}
      </ul>
    </section>
  );
}
