import { Button } from '@mantine/core';
import { useState } from 'react';
import { useBreakers } from '../api/run-queries.ts';
import { Notice } from '../shared/Notice.tsx';
import { toCountText } from '../shared/quantity.ts';
import { BreakerItem } from './BreakerItem.tsx';
import styles from './BreakerNotice.module.css';

/** Breakers that are shown before somebody asks for all. */
const FEW = 3;

/** Destinations and credentials that are left alone, and why; nothing while there is none. */
export function BreakerNotice() {
  const { data } = useBreakers();
  const [isWhole, setWhole] = useState(false);
  if (data === undefined || data.length === 0) return null;
  const shown = isWhole ? data : data.slice(0, FEW);
  return (
    <Notice
      icon="warning"
      title={`${toCountText(data.length, 'destination or credential is', 'destinations and credentials are')} left alone`}
    >
      <ul className={styles.list}>
        {shown.map((breaker) => (
          <BreakerItem key={breaker.scope} breaker={breaker} />
        ))}
      </ul>
      {shown.length < data.length && (
        <Button size="compact-xs" variant="subtle" onClick={() => setWhole(true)}>
          Show {data.length - shown.length} more
        </Button>
      )}
    </Notice>
  );
}
