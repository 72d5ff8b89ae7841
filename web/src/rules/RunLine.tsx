import type { RunState } from '../api/run-shapes.ts';
import { Link } from '../navigation/Link.tsx';
import { StateChip } from '../runs/StateChip.tsx';
import styles from './RunLine.module.css';

export interface RunLineProps {
  readonly id: string;
  readonly action: string;
  readonly destination: string | null;
  /** Null when the run is not kept; `none` when it was never made. */
  readonly state: RunState | 'none' | null;
}

/** One run of a rule in one line, with the way to it. */
export function RunLine({ id, action, destination, state }: RunLineProps) {
  const isThere = state !== null && state !== 'none';
  return (
    <div className={styles.line}>
      {isThere ? (
        <StateChip state={state} />
      ) : (
        <span className={styles.soft}>{state === null ? 'gone' : 'not made'}</span>
      )}
      <span>
        {isThere ? <Link href={`/runs/${id}`}>{action}</Link> : action}
        {destination !== null && <span className={styles.soft}> · {destination}</span>}
      </span>
    </div>
  );
}
