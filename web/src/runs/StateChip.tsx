import type { RunState } from '../api/run-shapes.ts';
import { STATE_TEXTS } from './run-states.ts';
import styles from './StateChip.module.css';

/** The state of a run, in its colour. */
export function StateChip({ state }: { readonly state: RunState }) {
  const { tone, about } = STATE_TEXTS[state];
  return (
    <span className={styles.chip} data-tone={tone} title={about}>
      {state}
    </span>
  );
}
