import { Alert, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ShownProblem } from '../api/request.ts';
import { Icon } from './Icon.tsx';
import styles from './ProblemAlert.module.css';

export interface ProblemAlertProps {
  readonly problem: ShownProblem;
  readonly onRetry?: () => void;
  readonly children?: ReactNode;
}

/** An error as the hub tells it: what, why and what to do, and the code to search for. */
export function ProblemAlert({ problem, onRetry, children }: ProblemAlertProps) {
  return (
    <Alert color="red" variant="light" title={problem.title} icon={<Icon name="warning" />} role="alert">
      <p className={styles.detail}>{problem.detail}</p>
      <div className={styles.foot}>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        {children}
        <code className={styles.code}>{problem.code}</code>
      </div>
    </Alert>
  );
}
