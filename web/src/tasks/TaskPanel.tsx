import { Drawer, Skeleton } from '@mantine/core';
import { toShownProblem } from '../api/request.ts';
import { useIsOperator } from '../api/run-queries.ts';
import { useTaskDetails } from '../api/task-queries.ts';
import { FieldList } from '../detail/FieldList.tsx';
import { TextBlock } from '../detail/TextBlock.tsx';
import styles from '../runs/RunPanel.module.css';
import { Fold } from '../shared/Fold.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { DependencyList } from './DependencyList.tsx';
import { LeaseList } from './LeaseList.tsx';
import { TaskActions } from './TaskActions.tsx';
import { TaskChip } from './TaskChip.tsx';
import { toTaskFields } from './task-fields.tsx';
import { TaskJournal } from './TaskJournal.tsx';
import { TaskResultSection } from './TaskResultSection.tsx';
import { TaskStanding } from './TaskStanding.tsx';
import { toSubjectText, toTitle } from './task-texts.ts';
import { UnderstoodSection } from './UnderstoodSection.tsx';
import { VerdictList } from './VerdictList.tsx';

/** Everything that is known about one task. */
export function TaskPanel({ id }: { readonly id: string }) {
  const { data: task, error, refetch } = useTaskDetails(id);
  const isOperator = useIsOperator();
  return (
    <>
      <Drawer.Header className={styles.header ?? ''}>
        <div className={styles.head}>
          {task !== undefined && (
            <span className={styles.kind}>
              <TaskChip state={task.state} />
              <span className={styles.rule}>{toSubjectText(task)}</span>
            </span>
          )}
          <Drawer.Title className={styles.title ?? ''}>{task === undefined ? 'Task' : toTitle(task)}</Drawer.Title>
        </div>
        <Drawer.CloseButton aria-label="Close" />
      </Drawer.Header>
      <Drawer.Body>
        {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
        {task === undefined && error === null && <Skeleton height="20rem" />}
        {task !== undefined && (
          <div className={styles.body}>
            <TaskStanding task={task} />
            {isOperator && <TaskActions task={task} />}
            <VerdictList verdicts={task.verdicts} />
            <TaskResultSection task={task} />
            <DependencyList task={task} isOperator={isOperator} />
            <UnderstoodSection understood={task.understood} />
            <section aria-label="Facts">
              <FieldList fields={toTaskFields(task)} />
            </section>
            <LeaseList leases={task.leases} />
            <TaskJournal journal={task.journal} />
            <Fold summary="Text of the issue">
              <TextBlock text={task.body} what="text of the issue" />
            </Fold>
            <Fold summary="As JSON">
              <TextBlock text={JSON.stringify(task, null, 2)} what="task as JSON" />
            </Fold>
          </div>
        )}
      </Drawer.Body>
    </>
  );
}
