import type { RunSummary } from '../api/run-shapes.ts';
import type { RowFocus } from '../list/EndlessList.tsx';
import { Link } from '../navigation/Link.tsx';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { TimeUntil } from '../shared/TimeUntil.tsx';
import { ORIGIN_MARKS } from './run-texts.ts';
import styles from './RunRow.module.css';
import { STATE_TEXTS } from './run-states.ts';
import { StateChip } from './StateChip.tsx';

export interface RunRowProps extends RowFocus {
  readonly run: RunSummary;
  readonly search: string;
}

/** One run. The whole row is the link to its details. */
export function RunRow({ run, search, tabIndex, onFocus }: RunRowProps) {
  const { id, state, action, rule, repo, number, destination, origin, attempt, reason, nextAt, createdAt } = run;
  const mark = ORIGIN_MARKS[origin];
  return (
    <div className={styles.row} data-tone={STATE_TEXTS[state].tone}>
      <div className={styles.chip}>
        <StateChip state={state} />
      </div>
      <Link className={styles.title} href={`/runs/${id}${search}`} tabIndex={tabIndex} onFocus={onFocus} data-row={id}>
        <span className={styles.action}>{action}</span>
        <span className={styles.rule}>{rule}</span>
      </Link>
      <RelativeTime iso={createdAt} className={styles.time} />
      <div className={styles.meta}>
        {repo !== null && <span>{number === null ? repo : `${repo} #${number}`}</span>}
        <span>{destination}</span>
        {attempt > 1 && <span>{attempt} attempts</span>}
        {mark !== null && (
          <span className={styles.mark} title={mark.about}>
            {mark.name}
          </span>
        )}
        {nextAt !== null && (
          <span>
            {state === 'failed' ? 'next attempt' : 'due'} <TimeUntil iso={nextAt} />
          </span>
        )}
      </div>
      {reason !== null && <p className={styles.reason}>{reason}</p>}
    </div>
  );
}
