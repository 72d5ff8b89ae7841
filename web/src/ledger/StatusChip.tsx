import styles from '../runs/StateChip.module.css';
import { toTone } from './status.ts';

/** How a run of the ledger ended, in its colour. */
export function StatusChip({ status }: { readonly status: string }) {
  return (
    <span className={styles.chip} data-tone={toTone(status)}>
      {status}
    </span>
  );
}
