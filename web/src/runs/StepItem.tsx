import type { RunStep } from '../api/run-shapes.ts';
import { TextBlock } from '../detail/TextBlock.tsx';
import { Fold } from '../shared/Fold.tsx';
import { Icon } from '../shared/Icon.tsx';
import { toDurationText, toMomentText } from '../shared/time.ts';
import styles from './StepList.module.css';

/** One step: how it went, how long it took, what it logged and what it gave. */
export function StepItem({ step }: { readonly step: RunStep }) {
  const { name, attempt, startedAt, finishedAt, output, error, log = [] } = step;
  const state = error !== undefined ? 'failed' : finishedAt === null ? 'open' : 'done';
  return (
    <li className={styles.step} data-state={state}>
      <div className={styles.line}>
        <span className={styles.mark} title={STATES[state]}>
          <Icon name={state === 'done' ? 'check' : state === 'failed' ? 'cross' : 'play'} size={13} />
        </span>
        <strong>{name}</strong>
        <span className={styles.soft} title={toMomentText(startedAt)}>
          {finishedAt === null ? STATES[state] : toDurationText(Date.parse(finishedAt) - Date.parse(startedAt))}
        </span>
        {attempt > 1 && <span className={styles.soft}>attempt {attempt}</span>}
      </div>
      {error !== undefined && <p className={styles.error}>{error}</p>}
      {log.length > 0 && (
        <pre className={styles.log} tabIndex={0} aria-label={`log of ${name}`}>
          {log.join('\n')}
        </pre>
      )}
      {hasContent(output) && (
        <Fold summary="What it gave">
          <TextBlock text={JSON.stringify(output, null, 2)} what={`what ${name} gave`} />
        </Fold>
      )}
    </li>
  );
}

const STATES = { done: 'finished', failed: 'failed', open: 'not finished' } as const;

function hasContent(output: unknown): boolean {
  if (output === undefined || output === null) return false;
  return typeof output !== 'object' || Object.keys(output).length > 0;
}
