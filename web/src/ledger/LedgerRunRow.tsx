import type { ListedLedgerRun } from '../api/ledger-shapes.ts';
import type { RowFocus } from '../list/EndlessList.tsx';
import { Link } from '../navigation/Link.tsx';
import { StateChip } from '../runs/StateChip.tsx';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { SafeLink } from '../shared/SafeLink.tsx';
import { toNumberText } from '../shared/quantity.ts';
import { toDurationText } from '../shared/time.ts';
import styles from './LedgerRunRow.module.css';
import { StatusChip } from './StatusChip.tsx';

/** One run of the ledger, with the ways to its page, its event and the runs of its chain. */
export function LedgerRunRow({ run, tabIndex, onFocus }: RowFocus & { readonly run: ListedLedgerRun }) {
  const { id, status, title, trigger, actor, startedAt, finishedAt, counts, url, eventId, chainRuns } = run;
  return (
    <div className={styles.row}>
      <div className={styles.chip}>
        <StatusChip status={status} />
      </div>
      <Link className={styles.title} href={`/runs/${id}`} tabIndex={tabIndex} onFocus={onFocus} data-row={id}>
        {title ?? trigger}
      </Link>
      <RelativeTime iso={startedAt} className={styles.time} />
      <div className={styles.meta}>
        {title !== null && <span>{trigger}</span>}
        {actor !== null && <span>{actor}</span>}
        <span>
          {finishedAt === null ? 'still running' : toDurationText(Date.parse(finishedAt) - Date.parse(startedAt))}
        </span>
        {Object.entries(counts).map(([name, value]) => (
          <span key={name}>
            {toNumberText(value)} {name}
          </span>
        ))}
        {url !== null && <SafeLink url={url}>page</SafeLink>}
        {eventId !== null && <Link href={`/events/${eventId}`}>event</Link>}
        {chainRuns.length > 0 && (
          <span className={styles.chain}>
            with
            {chainRuns.map((other) => (
              <Link key={other.id} className={styles.other} href={`/runs/${other.id}`}>
                {other.action} <StateChip state={other.state} />
              </Link>
            ))}
          </span>
        )}
      </div>
    </div>
  );
}
