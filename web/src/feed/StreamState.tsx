import type { StreamPhase } from './live-stream.ts';
import styles from './StreamState.module.css';

const TEXTS: Record<StreamPhase, { readonly label: string; readonly about: string }> = {
  connecting: { label: 'Connecting', about: 'The live stream is being opened.' },
  live: { label: 'Live', about: 'Events appear as they happen.' },
  reconnecting: {
    label: 'Reconnecting',
    about: 'The connection was lost. What happens meanwhile is fetched as soon as it is back.',
  },
  stopped: { label: 'Stopped', about: 'The hub refused the stream.' },
};

/** Whether what one sees is what happens. */
export function StreamState({ phase, isPaused }: { readonly phase: StreamPhase; readonly isPaused: boolean }) {
  const { label, about } = TEXTS[phase];
  const isCalm = isPaused && phase === 'live';
  return (
    <span className={styles.state} data-phase={isCalm ? 'paused' : phase} role="status" title={about}>
      <span className={styles.dot} aria-hidden="true" />
      {isCalm ? 'Paused' : label}
    </span>
  );
}
