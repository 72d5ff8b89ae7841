import { Button, Loader } from '@mantine/core';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import styles from './FeedEnd.module.css';
import type { FeedState } from './feed-state.ts';

export interface FeedEndProps {
  readonly state: FeedState;
  readonly isFiltered: boolean;
  readonly onRetry: () => void;
  readonly onClear: () => void;
}

/** What stands below the last event: that more is coming, that this is all, or why there is no more. */
export function FeedEnd({ state, isFiltered, onRetry, onClear }: FeedEndProps) {
  const { older, next, events } = state;
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
        {older === 'loading' && <Loader size="xs" />} Older events follow …
      </p>
    );
  }
  if (events.length > 0) return <p className={styles.end}>That is all that is kept.</p>;
  return (
    <div className={styles.empty}>
      <p>No event matches this filter. New ones that do appear here by themselves.</p>
      {isFiltered && (
        <Button size="xs" variant="default" onClick={onClear}>
          Clear filter
        </Button>
      )}
    </div>
  );
}
