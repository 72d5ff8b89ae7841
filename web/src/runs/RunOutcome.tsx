import type { RunDetails } from '../api/run-shapes.ts';
import { TextBlock } from '../detail/TextBlock.tsx';
import { Fold } from '../shared/Fold.tsx';
import { SafeLink } from '../shared/SafeLink.tsx';
import { TimeUntil } from '../shared/TimeUntil.tsx';
import { toResult } from './run-result.ts';
import styles from './RunOutcome.module.css';
import { STATE_TEXTS } from './run-states.ts';

/** What came of a run, or why nothing has yet, and what to do next. */
export function RunOutcome({ run }: { readonly run: RunDetails }) {
  const { state, reason, code, nextAt, advice } = run;
  const { tone, about } = STATE_TEXTS[state];
  const { summary, url, data } = toResult(run.result);
  return (
    <section className={styles.outcome} data-tone={tone} aria-label="What came of it">
      <p className={styles.text}>{summary ?? reason ?? about}</p>
      {summary !== null && reason !== null && reason !== summary && <p className={styles.text}>{reason}</p>}
      {url !== null && (
        <p>
          <SafeLink url={url}>{url}</SafeLink>
        </p>
      )}
      {nextAt !== null && (
        <p className={styles.soft}>
          {state === 'failed' ? 'Next attempt' : 'Due'} <TimeUntil iso={nextAt} />.
        </p>
      )}
      {advice !== null && (
        <p>
          <strong>What to do:</strong> {advice}
        </p>
      )}
      {code !== null && (
        <p className={styles.soft}>
          <code>{code}</code>
        </p>
      )}
      {data !== undefined && (
        <Fold summary="What it gave">
          <TextBlock text={JSON.stringify(data, null, 2)} what="what the action gave" />
        </Fold>
      )}
    </section>
  );
}
