import { Button, Skeleton } from '@mantine/core';
import { useMemo, useState } from 'react';
import { toRawPath, useRawBody } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import type { DeliverySummary } from '../api/shapes.ts';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toNumberText, toSizeText } from '../shared/quantity.ts';
import { FieldList } from './FieldList.tsx';
import styles from './PayloadTab.module.css';
import { toReadableBody } from './readable-body.ts';
import { TextBlock } from './TextBlock.tsx';

/** The body of the delivery: indented to be read, or exactly as it came. */
export function PayloadTab({ delivery }: { readonly delivery: DeliverySummary }) {
  const { data, error, refetch } = useRawBody(delivery);
  const [isRaw, setRaw] = useState(false);
  const readable = useMemo(() => (data === undefined ? null : toReadableBody(data)), [data]);
  const { bodyBytes, bodySha256 } = delivery;
  return (
    <div className={styles.tab}>
      <FieldList
        fields={[
          { name: 'Size', value: `${toSizeText(bodyBytes)} (${toNumberText(bodyBytes)} bytes)` },
          { name: 'SHA-256', value: <code>{bodySha256}</code> },
        ]}
      />
      <div className={styles.choice} role="group" aria-label="How to show the payload">
        <Button
          size="xs"
          variant={isRaw ? 'default' : 'light'}
          aria-pressed={!isRaw}
          disabled={readable === null}
          onClick={() => setRaw(false)}
        >
          Indented
        </Button>
        <Button
          size="xs"
          variant={isRaw || readable === null ? 'light' : 'default'}
          aria-pressed={isRaw || readable === null}
          onClick={() => setRaw(true)}
        >
          As received
        </Button>
        <a className={styles.open} href={toRawPath(delivery)} target="_blank" rel="noreferrer">
          Open alone
        </a>
      </div>
      {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height="14rem" />}
      {data !== undefined && <TextBlock text={isRaw || readable === null ? data : readable} what="payload" />}
      <p className={styles.note}>A secret within the body, as old versions of Gitea send it, is masked here.</p>
    </div>
  );
}
