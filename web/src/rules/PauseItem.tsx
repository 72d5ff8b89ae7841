import { Button } from '@mantine/core';
import { useResumeRule } from '../api/rule-queries.ts';
import type { RulePause } from '../api/rule-shapes.ts';
import { useIsOperator } from '../api/run-queries.ts';
import { toShownProblem } from '../api/request.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import styles from './PauseNotice.module.css';

export interface PauseItemProps {
  readonly rule: string;
  /** The places it is paused for. */
  readonly pauses: readonly RulePause[];
}

/** One paused rule: where, since when and why, and a way to let it go on everywhere. */
export function PauseItem({ rule, pauses }: PauseItemProps) {
  const isOperator = useIsOperator();
  const resume = useResumeRule();
  return (
    <li className={styles.item}>
      <strong>{rule}</strong>
      {pauses.map(({ scope, reason, pausedAt }) => (
        <p key={scope}>
          {scope}, since <RelativeTime iso={pausedAt} />: {reason}
        </p>
      ))}
      {isOperator && (
        <Button
          className={styles.resume ?? ''}
          size="compact-xs"
          variant="default"
          loading={resume.isPending}
          aria-label={`Let it go on: ${rule}`}
          onClick={() => resume.mutate(rule)}
        >
          Let it go on
        </Button>
      )}
      {resume.error !== null && <ProblemAlert problem={toShownProblem(resume.error)} />}
    </li>
  );
}
