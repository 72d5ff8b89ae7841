import { Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ShownProblem } from '../api/request.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import styles from './ListEnd.module.css';

export interface ListEndProps {
  readonly older: 'idle' | 'loading' | ShownProblem;
  /** Where the next page begins; null at the end. */
  readonly next: number | null;
  readonly isEmpty: boolean;
  /** What follows, such as `Older runs`. */
  readonly what: string;
  readonly onRetry: () => void;
  /** What stands in place of an empty list. */
  readonly children: ReactNode;
}

/** What stands below the last item: that more is coming, that this is all, why there is no more, or that there is nothing. */
export function ListEnd({ older, next, isEmpty, what, onRetry, children }: ListEndProps) {
  if (typeof older === 'object') {
    return (
      <div className={styles.problem}>
        <ProblemAlert problem={older} onRetry={onRetry} />
      </div>
    );
  }
  if (next !== null) {
    return (
      <p className={styles.end} role="status">
        {older === 'loading' && <Loader size="xs" />} {what} follow …
      </p>
    );
  }
  if (!isEmpty) return <p className={styles.end}>That is all that is kept.</p>;
  return <div className={styles.empty}>{children}</div>;
}
