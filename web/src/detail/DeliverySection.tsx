import { Skeleton } from '@mantine/core';
import { useDeliveryDetails } from '../api/queries.ts';
import { toShownProblem } from '../api/request.ts';
import type { DeliverySummary } from '../api/shapes.ts';
import { toSummary } from '../event/summary.ts';
import { TypeChip } from '../event/TypeChip.tsx';
import { Link } from '../navigation/Link.tsx';
import { ProblemAlert } from '../shared/ProblemAlert.tsx';
import { toMomentText } from '../shared/time.ts';
import styles from './DeliverySection.module.css';
import { FieldList } from './FieldList.tsx';

const OUTCOMES: Record<DeliverySummary['outcome'], string> = {
  pending: 'pending: a run of it is not finished',
  effected: 'effected: it raised a trigger or caused an action',
  filtered: 'filtered: no rule matched',
  duplicate: 'duplicate: it was known already',
  dead: 'dead: a run of it is dead until somebody redrives it',
};

export interface DeliverySectionProps {
  readonly delivery: DeliverySummary;
  readonly eventId: string;
  /** The rules set something off for it. */
  readonly hasRuns: boolean;
  readonly search: string;
}

/** The delivery an event came from: what became of it, what else it meant, and how often it was sent. */
export function DeliverySection({ delivery, eventId, hasRuns, search }: DeliverySectionProps) {
  const { data, error, refetch } = useDeliveryDetails(delivery);
  const others = data?.events.filter(({ id }) => id !== eventId) ?? [];
  const repeats = data?.arrivals.filter(({ id }) => id !== delivery.id) ?? [];
  return (
    <section aria-labelledby="delivery">
      <h3 id="delivery">Delivery</h3>
      <FieldList
        fields={[
          { name: 'Outcome', value: OUTCOMES[delivery.outcome] },
          ...(hasRuns
            ? [{ name: 'Runs', value: <Link href={`/runs?delivery=${delivery.id}`}>all runs of it</Link> }]
            : []),
          { name: 'Id of the forge', value: <code>{delivery.deliveryId ?? 'none'}</code> },
          { name: 'Our id', value: <code>{delivery.id}</code> },
          { name: 'From address', value: delivery.remoteAddress ?? 'not known' },
          ...(delivery.error === null ? [] : [{ name: 'Error', value: delivery.error }]),
        ]}
      />
      {error !== null && <ProblemAlert problem={toShownProblem(error)} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height="2rem" mt="sm" />}
      {others.length > 0 && (
        <>
          <h4 className={styles.head}>Other events of the same delivery</h4>
          <ul className={styles.list}>
            {others.map((event) => (
              <li key={event.id}>
                <TypeChip type={event.type} />{' '}
                <Link href={`/events/${event.id}${search}`}>
                  {[toSummary(event).about, toSummary(event).text].filter(Boolean).join(' ')}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {repeats.length > 0 && (
        <>
          <h4 className={styles.head}>Sent again, and folded into this one</h4>
          <ul className={styles.list}>
            {repeats.map(({ id, receivedAt, duplicateBy }) => (
              <li key={id}>
                {toMomentText(receivedAt)}
                {duplicateBy === 'meaning' ? ', the same change under another id' : ', under the same id'}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
