import { Drawer, Skeleton } from '@mantine/core';
import { useIsOperator, useRunDetails } from '../api/run-queries.ts';
import { toShownProblem } from '../api/request.ts';
import { TextBlock } from '../detail/TextBlock.tsx';
import { Fold } from '../shared/Fold.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { AttemptList } from './AttemptList.tsx';
import { ChainList } from './ChainList.tsx';
import { InputSection } from './InputSection.tsx';
import { RunActions } from './RunActions.tsx';
import { RunFields } from './RunFields.tsx';
import { RunOutcome } from './RunOutcome.tsx';
import styles from './RunPanel.module.css';
import { StateChip } from './StateChip.tsx';
import { StepList } from './StepList.tsx';

/** Everything that is known about one run. */
export function RunPanel({ id, search }: { readonly id: string; readonly search: string }) {
  const { data: run, error, refetch } = useRunDetails(id);
  const isOperator = useIsOperator();
  return (
    <>
      <Drawer.Header className={styles.header ?? ''}>
        <div className={styles.head}>
          {run !== undefined && (
            <span className={styles.kind}>
              <StateChip state={run.state} />
              <span className={styles.rule}>{run.rule}</span>
            </span>
          )}
          <Drawer.Title className={styles.title ?? ''}>{run === undefined ? 'Run' : run.action}</Drawer.Title>
        </div>
        <Drawer.CloseButton aria-label="Close" />
      </Drawer.Header>
      <Drawer.Body>
        {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
        {run === undefined && error === null && <Skeleton height="20rem" />}
        {run !== undefined && (
          <div className={styles.body}>
            <RunOutcome run={run} />
            {isOperator && <RunActions run={run} />}
            <RunFields run={run} />
            <ChainList run={run} search={search} />
            <StepList steps={run.steps} />
            <AttemptList attempts={run.attempts} begun={run.attempt} />
            <InputSection run={run} />
            <Fold summary="As JSON">
              <TextBlock text={JSON.stringify(run, null, 2)} what="run as JSON" />
            </Fold>
          </div>
        )}
      </Drawer.Body>
    </>
  );
}
