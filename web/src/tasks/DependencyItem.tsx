import { Button } from '@mantine/core';
import type { TaskDependency } from '../api/task-shapes.ts';
import { Link } from '../navigation/Link.tsx';
import styles from './DependencyList.module.css';
import { TASK_STATE_TEXTS } from './task-states.ts';

const STATES: Record<TaskDependency['state'], string> = {
  open: 'open',
  closed: 'done',
  unknown: 'not found, or not to be seen by the hub',
  cycle: 'waits for this one itself',
};

export interface DependencyItemProps {
  readonly dependency: TaskDependency;
  /** Undefined where it need not or must not be waived. */
  readonly onWaive: (() => void) | undefined;
}

/** One issue that a task waits for. */
export function DependencyItem({ dependency, onWaive }: DependencyItemProps) {
  const { repo, number, title, state, waivedBy, task } = dependency;
  const name = `${repo} #${number}`;
  return (
    <li className={styles.item} data-open={state !== 'closed' && waivedBy === null}>
      <span>
        {name}
        {title !== null && ` ${title}`}
      </span>
      <span className={styles.soft}>
        {STATES[state]}
        {waivedBy !== null && `, waived by ${waivedBy}`}
        {task !== null && (
          <>
            {' · '}
            <Link href={`/tasks/${task.id}`}>its task is {TASK_STATE_TEXTS[task.state].name}</Link>
          </>
        )}
      </span>
      {onWaive !== undefined && (
        <Button size="compact-xs" variant="default" aria-label={`Do not wait for ${name}`} onClick={onWaive}>
          Do not wait
        </Button>
      )}
    </li>
  );
}
