import type { TaskDetails } from '../api/task-shapes.ts';
import styles from '../runs/RunOutcome.module.css';
import { LeaseCountdown } from './LeaseCountdown.tsx';
import { TASK_STATE_TEXTS } from './task-states.ts';

/** Why a task is in its state, who holds it, and what it needs. */
export function TaskStanding({ task }: { readonly task: TaskDetails }) {
  const { state, reason, agent, expiresAt, percent, note, question, quarantinedBy, submitted } = task;
  const { tone, about } = TASK_STATE_TEXTS[state];
  return (
    <section className={styles.outcome} data-tone={tone} aria-label="How it stands">
      <p className={styles.text}>{reason ?? about}</p>
      {agent !== null && (
        <p>
          <strong>{agent}</strong> holds it
          {expiresAt !== null && (
            <>
              ; without a heartbeat the lease goes on <LeaseCountdown iso={expiresAt} />
            </>
          )}
          {percent !== null && `; ${percent} % done`}.
        </p>
      )}
      {note !== null && <p className={styles.text}>Last note: {note}</p>}
      {question !== null && (
        <>
          <p className={styles.text}>
            <strong>Question:</strong> {question}
          </p>
          <p className={styles.soft}>A comment on the forge answers it.</p>
        </>
      )}
      {quarantinedBy !== null && (
        <p className={styles.soft}>Taken out of circulation by {quarantinedBy}; requeue it to let it go on.</p>
      )}
      {submitted !== null && state !== 'awaiting_approval' && (
        <p className={styles.soft}>It was handed in, and is being checked.</p>
      )}
      {state === 'dead' && (
        <p>
          <strong>What to do:</strong> see in the journal why it went wrong, then requeue it or leave it.
        </p>
      )}
    </section>
  );
}
