import type { LedgerNode, LedgerRun } from '../api/ledger-shapes.ts';
import type { RowFocus } from '../list/EndlessList.tsx';
import { Link } from '../navigation/Link.tsx';
import { toCountText } from '../shared/quantity.ts';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { toNodePath } from './node-path.ts';
import styles from './NodeRow.module.css';
import { RecentRuns } from './RecentRuns.tsx';
import { StatusChip } from './StatusChip.tsx';

export interface NodeRowProps extends RowFocus {
  readonly node: LedgerNode;
  readonly recent: readonly LedgerRun[];
}

/** One node. The whole row is the link to its runs. */
export function NodeRow({ node, recent, tabIndex, onFocus }: NodeRowProps) {
  const { id, title, repo, forge, lastRunAt, lastStatus, runs, failures } = node;
  return (
    <div className={styles.row}>
      <div className={styles.chip}>
        <StatusChip status={lastStatus} />
      </div>
      <Link className={styles.title} href={toNodePath(id)} tabIndex={tabIndex} onFocus={onFocus} data-row={id}>
        <span className={styles.name}>{title}</span>
        {title !== id && <span className={styles.soft}>{id}</span>}
      </Link>
      <div className={styles.recent}>
        <RecentRuns runs={recent} />
      </div>
      <RelativeTime iso={lastRunAt} className={styles.time} />
      <div className={styles.meta}>
        {repo !== null && <span>{repo}</span>}
        {forge !== null && <span>{forge}</span>}
        <span>{toCountText(runs, 'run')}</span>
        {failures > 0 && <span className={styles.bad}>{failures} failed</span>}
      </div>
    </div>
  );
}
