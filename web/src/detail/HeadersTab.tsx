import { FieldList } from './FieldList.tsx';
import styles from './PayloadTab.module.css';

/** The request headers that were kept. */
export function HeadersTab({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
  const entries = Object.entries(headers).toSorted(([a], [b]) => a.localeCompare(b));
  return (
    <div className={styles.tab}>
      {entries.length === 0 && <p>No header was kept.</p>}
      <FieldList fields={entries.map(([name, value]) => ({ name, value: <code>{value}</code> }))} />
      <p className={styles.note}>Only headers from a list are kept; signatures and secrets are not among them.</p>
    </div>
  );
}
