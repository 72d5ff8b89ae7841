import { Button } from '@mantine/core';
import { useState } from 'react';
import { toShownProblem } from '../api/request.ts';
import { useMoveTask } from '../api/task-queries.ts';
import { isTaskOver, type TaskDependency, type TaskDetails } from '../api/task-shapes.ts';
import { Confirmation } from '../shared/Confirmation.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { DependencyItem } from './DependencyItem.tsx';
import styles from './DependencyList.module.css';

export interface DependencyListProps {
  readonly task: TaskDetails;
  readonly isOperator: boolean;
}

/** What a task waits for, and what an operator lets it begin without. */
export function DependencyList({ task, isOperator }: DependencyListProps) {
  const [asked, setAsked] = useState<TaskDependency | 'all' | null>(null);
  const move = useMoveTask(task.id);
  const { dependencies } = task;
  const waivable = isOperator && !isTaskOver(task) ? dependencies.filter(isWaiting) : [];
  const canWaiveAll = isOperator && (waivable.length > 1 || (waivable.length === 0 && isWaitingForMore(task)));
  if (dependencies.length === 0 && !canWaiveAll) return null;
  const ask = (what: TaskDependency | 'all') => {
    move.reset();
    setAsked(what);
  };
  const waive = () => {
    const on = asked === 'all' || asked === null ? {} : { on: { repo: asked.repo, number: asked.number } };
    move.mutate({ verb: 'waive', ...on }, { onSettled: () => setAsked(null) });
  };
  return (
    <section aria-labelledby="dependencies">
      <h3 id="dependencies">Depends on</h3>
      <ul className={styles.list}>
        {dependencies.map((dependency) => (
          <DependencyItem
            key={`${dependency.repo}#${dependency.number}`}
            dependency={dependency}
            onWaive={waivable.includes(dependency) ? () => ask(dependency) : undefined}
          />
        ))}
      </ul>
      {canWaiveAll && asked === null && (
        <Button size="compact-xs" variant="default" onClick={() => ask('all')}>
          Do not wait for anything
        </Button>
      )}
      {asked !== null && (
        <Confirmation
          question={
            asked === 'all'
              ? 'Let it begin without waiting for anything that its text names?'
              : `Let it begin without waiting for ${asked.repo} #${asked.number}?`
          }
          verb="Do not wait"
          isBusy={move.isPending}
          onConfirm={waive}
          onClose={() => setAsked(null)}
        />
      )}
      {move.error !== null && <ProblemAlert problem={toShownProblem(move.error)} />}
    </section>
  );
}

function isWaiting({ state, waivedBy }: TaskDependency): boolean {
  return state !== 'closed' && waivedBy === null;
}

/** It waits for something that is no issue of this list, such as more than is read of what its text names; the reason tells. */
function isWaitingForMore({ state, reason }: TaskDetails): boolean {
  return state === 'blocked' && reason?.startsWith('Waits for ') === true;
}
