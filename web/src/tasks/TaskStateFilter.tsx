import { UnstyledButton } from '@mantine/core';
import { useTaskCounts } from '../api/task-queries.ts';
import { TASK_STATES, type TaskState } from '../api/task-shapes.ts';
import styles from '../runs/StateFilter.module.css';
import { toNumberText, toShortNumberText } from '../shared/quantity.ts';
import { isNarrowed, type TaskFilter } from './task-filter.ts';
import { TASK_STATE_TEXTS } from './task-states.ts';

export interface TaskStateFilterProps {
  readonly filter: TaskFilter;
  readonly onChange: (states: readonly TaskState[]) => void;
}

/** The states as switches, with how many tasks are in each. */
export function TaskStateFilter({ filter, onChange }: TaskStateFilterProps) {
  const { data } = useTaskCounts();
  const { states } = filter;
  // The hub counts all tasks; a number that counts other tasks than those below would mislead.
  const counts = isNarrowed(filter) ? [] : (data?.counts ?? []);
  const toggle = (state: TaskState) => onChange(TASK_STATES.filter((one) => (one === state) !== states.includes(one)));

  return (
    <div className={styles.states} role="group" aria-label="Show tasks that are">
      <UnstyledButton className={styles.state ?? ''} aria-pressed={states.length === 0} onClick={() => onChange([])}>
        all
      </UnstyledButton>
      {TASK_STATES.map((state) => {
        const tasks = counts.find((entry) => entry.state === state)?.tasks ?? 0;
        const { name, tone, about } = TASK_STATE_TEXTS[state];
        return (
          <UnstyledButton
            key={state}
            className={styles.state ?? ''}
            data-tone={tone}
            aria-pressed={states.includes(state)}
            title={about}
            onClick={() => toggle(state)}
          >
            {name}
            {tasks > 0 && (
              <span className={styles.count} title={toNumberText(tasks)}>
                {toShortNumberText(tasks)}
              </span>
            )}
          </UnstyledButton>
        );
      })}
    </div>
  );
}
