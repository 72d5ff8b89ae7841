import { Button, VisuallyHidden } from '@mantine/core';
import type { ShownProblem } from '../api/request.ts';
import { navigate } from '../navigation/location.ts';
import { Icon } from '../shared/Icon.tsx';
import styles from './FeedToolbar.module.css';
import type { StreamPhase } from './live-stream.ts';
import { StreamState } from './StreamState.tsx';

export interface FeedToolbarProps {
  readonly phase: StreamPhase;
  readonly trouble: ShownProblem | null;
  readonly isReady: boolean;
  readonly isPaused: boolean;
  readonly onPausedChange: (isPaused: boolean) => void;
}

/** What stands above the feed: whether it is live, pause, and the way to connect a forge. */
export function FeedToolbar({ phase, trouble, isReady, isPaused, onPausedChange }: FeedToolbarProps) {
  return (
    <div className={styles.bar}>
      <VisuallyHidden component="h1">Events</VisuallyHidden>
      <StreamState phase={phase} isPaused={isPaused} />
      {phase === 'reconnecting' && trouble !== null && <span className={styles.trouble}>{trouble.detail}</span>}
      <Button
        size="xs"
        variant="default"
        disabled={!isReady}
        leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={14} />}
        onClick={() => onPausedChange(!isPaused)}
      >
        {isPaused ? 'Go on' : 'Pause'}
      </Button>
      <Button
        size="xs"
        variant="default"
        className={styles.connect ?? ''}
        leftSection={<Icon name="plus" size={14} />}
        onClick={() => navigate(`/connect${location.search}`)}
      >
        Connect a forge
      </Button>
    </div>
  );
}
