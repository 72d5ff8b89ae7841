import { Button } from '@mantine/core';
import { useRef } from 'react';
import { TASKS_KEY } from '../api/task-queries.ts';
import type { TaskSummary } from '../api/task-shapes.ts';
import { EndlessList } from '../list/EndlessList.tsx';
import { ListEnd } from '../list/ListEnd.tsx';
import { ListSkeleton } from '../list/ListSkeleton.tsx';
import { useHoldReason } from '../list/use-held.ts';
import { useOrdinalList } from '../list/use-ordinal-list.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { EVERY_TASK, type TaskFilter, toTaskQuery } from './task-filter.ts';
import { toSpokenTask } from './task-texts.ts';
import { TaskFilterBar } from './TaskFilterBar.tsx';
import { TaskRow } from './TaskRow.tsx';

export interface TaskListProps {
  readonly filter: TaskFilter;
  readonly onChange: (filter: TaskFilter) => void;
}

const ROW_PX = 60;

/** The tasks of a filter, below it. */
export function TaskList({ filter, onChange }: TaskListProps) {
  const query = toTaskQuery(filter);
  const place = useRef<HTMLDivElement>(null);
  const isHeld = useHoldReason(place, false) !== null;
  const tasks = useOrdinalList({ key: TASKS_KEY, path: '/api/v1/tasks', query, toPage }, isHeld);
  const { list, problem, reload, loadOlder, noteFirstSeen } = tasks;

  return (
    <>
      <TaskFilterBar filter={filter} tasks={list.items} onChange={onChange} />
      {problem !== null && (
        <ProblemAlert problem={problem} onRetry={reload}>
          {query !== '' && <ClearButton onClick={() => onChange(EVERY_TASK)} />}
        </ProblemAlert>
      )}
      {list.phase === 'loading' && problem === null && <ListSkeleton what="tasks" />}
      {list.items.length > 0 && (
        <EndlessList
          list={place}
          items={list.items}
          label="Tasks, newest first"
          rowPx={ROW_PX}
          toTime={({ createdAt }) => createdAt}
          toSpokenText={toSpokenTask}
          isBusy={list.older === 'loading'}
          onNearEnd={loadOlder}
          onFirstSeen={noteFirstSeen}
        >
          {(task, focus) => <TaskRow task={task} search={query === '' ? '' : `?${query}`} {...focus} />}
        </EndlessList>
      )}
      {list.phase === 'ready' && (
        <ListEnd
          older={list.older}
          next={list.next}
          isEmpty={list.items.length === 0}
          what="Older tasks"
          onRetry={loadOlder}
        >
          {query === '' ? (
            <>
              <p>No task was opened yet.</p>
              <p>
                The recipe <code>coordinator</code>, or a rule whose `do` names <code>task.open</code>, makes a task of
                an issue that is assigned to an agent&apos;s account, labelled, or asked for in a comment.
              </p>
            </>
          ) : (
            <>
              <p>No task matches this filter. New ones that do appear here by themselves.</p>
              <ClearButton onClick={() => onChange(EVERY_TASK)} />
            </>
          )}
        </ListEnd>
      )}
    </>
  );
}

function toPage(answer: unknown) {
  const { tasks, next } = answer as { tasks: readonly TaskSummary[]; next: number | null };
  return { items: tasks, next };
}

function ClearButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <Button size="xs" variant="default" onClick={onClick}>
      Clear filter
    </Button>
  );
}
