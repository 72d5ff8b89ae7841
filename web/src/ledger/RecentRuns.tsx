import type { LedgerRun } from '../api/ledger-shapes.ts';
import styles from './RecentRuns.module.css';
import { toTone } from './status.ts';

const SHOWN = 14;

/** How the last runs of a node ended, oldest on the left: a bar each, longer where it took longer. */
export function RecentRuns({ runs }: { readonly runs: readonly LedgerRun[] }) {
  const shown = runs.slice(0, SHOWN).toReversed();
  const longest = Math.max(...shown.map(toMs), 1);
  if (shown.length === 0) return null;
  const failures = shown.filter(({ status }) => status === 'failure').length;
  return (
    <span
      className={styles.bars}
      role="img"
      aria-label={`The last ${shown.length} runs, ${failures === 0 ? 'none' : failures} of them failed`}
    >
      {shown.map((run) => (
        <span
          key={run.id}
          className={styles.bar}
          data-tone={toTone(run.status)}
          style={{ height: `${40 + 60 * (toMs(run) / longest)}%` }}
        />
      ))}
    </span>
  );
}

function toMs({ startedAt, finishedAt }: LedgerRun): number {
  return finishedAt === null ? 0 : Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
}
