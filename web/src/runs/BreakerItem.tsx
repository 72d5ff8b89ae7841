import { Button } from '@mantine/core';
import { useCloseBreaker, useIsOperator } from '../api/run-queries.ts';
import type { Breaker } from '../api/run-shapes.ts';
import { toShownProblem } from '../api/request.ts';
import { Link } from '../navigation/Link.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toCountText } from '../shared/quantity.ts';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import { TimeUntil } from '../shared/TimeUntil.tsx';
import { toBreakerPlace } from './breaker-scope.ts';
import styles from './BreakerNotice.module.css';

/** One breaker: what is left alone, why, until when, and a way to try now. */
export function BreakerItem({ breaker }: { readonly breaker: Breaker }) {
  const isOperator = useIsOperator();
  const close = useCloseBreaker();
  const { scope, reason, openedAt, until, failures } = breaker;
  const { kind, name, target } = toBreakerPlace(scope);
  return (
    <li className={styles.item}>
      <strong>
        {kind === 'destination' && name}
        {kind === 'credential' && `The credential ${name}${target === null ? '' : `, at ${target}`}`}
      </strong>
      <p>{reason}</p>
      <p className={styles.foot}>
        <span>
          since <RelativeTime iso={openedAt} />, after {toCountText(failures, 'failure')}
        </span>
        {until === null ? (
          <span>goes on when the credential changes</span>
        ) : (
          <span>
            one run tries <TimeUntil iso={until} />
          </span>
        )}
        {kind === 'destination' && (
          <Link href={`/runs?${new URLSearchParams({ state: 'queued,waiting,failed', destination: name })}`}>
            its runs
          </Link>
        )}
        {isOperator && (
          <Button
            size="compact-xs"
            variant="default"
            loading={close.isPending}
            aria-label={`Try now: ${name}${target === null ? '' : ` at ${target}`}`}
            onClick={() => close.mutate(scope)}
          >
            Try now
          </Button>
        )}
      </p>
      {close.error !== null && <ProblemAlert problem={toShownProblem(close.error)} />}
    </li>
  );
}
