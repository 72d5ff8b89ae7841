import type { TaskState } from '../api/task-shapes.ts';
import styles from '../runs/StateChip.module.css';
import { TASK_STATE_TEXTS } from './task-states.ts';

/** The state of a task, in its colour. */
export function TaskChip({ state }: { readonly state: TaskState }) {
  const { name, tone, about } = TASK_STATE_TEXTS[state];
  return (
    <span className={styles.chip} data-tone={tone} title={about}>
      {name}
    </span>
  );
}
