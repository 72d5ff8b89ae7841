import type { TaskSummary } from '../api/task-shapes.ts';
import type { RowFocus } from '../list/EndlessList.tsx';
import { Link } from '../navigation/Link.tsx';
import styles from '../runs/RunRow.module.css';
import { toNumberText } from '../shared/quantity.ts';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { LeaseCountdown } from './LeaseCountdown.tsx';
import { TASK_STATE_TEXTS } from './task-states.ts';
import { toSubjectText, toTitle } from './task-texts.ts';
import { TaskChip } from './TaskChip.tsx';
import row from './TaskRow.module.css';

export interface TaskRowProps extends RowFocus {
  readonly task: TaskSummary;
  readonly search: string;
}

/** One task. The whole row is the link to its details. */
export function TaskRow({ task, search, tabIndex, onFocus }: TaskRowProps) {
  const { id, state, reason, agent, chosenAgent, percent, note, expiresAt, attempt, priority, difficulty, estimate } =
    task;
  return (
    <div className={`${styles.row} ${row.row}`} data-tone={TASK_STATE_TEXTS[state].tone}>
      <div className={styles.chip}>
        <TaskChip state={state} />
      </div>
      <Link className={styles.title} href={`/tasks/${id}${search}`} tabIndex={tabIndex} onFocus={onFocus} data-row={id}>
        <span className={row.title}>{toTitle(task)}</span>
      </Link>
      <RelativeTime iso={task.createdAt} className={styles.time} />
      <div className={styles.meta}>
        <span>{toSubjectText(task)}</span>
        {agent !== null && (
          <span className={row.holder}>
            {agent}
            {percent !== null && ` · ${percent} %`}
          </span>
        )}
        {expiresAt !== null && (
          <span>
            lease <LeaseCountdown iso={expiresAt} />
          </span>
        )}
        {agent === null && chosenAgent !== null && state === 'queued' && <span>for {chosenAgent}</span>}
        {difficulty !== null && <span>{difficulty}</span>}
        {estimate !== null && <span>{toNumberText(estimate)} tokens</span>}
        {priority !== 0 && <span>priority {priority}</span>}
        {attempt > 0 && (
          <span>
            {attempt} of {task.maxAttempts} attempts used
          </span>
        )}
      </div>
      {(reason ?? note) !== null && <p className={styles.reason}>{reason ?? note}</p>}
    </div>
  );
}
