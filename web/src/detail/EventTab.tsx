import type { EventDetails } from '../api/shapes.ts';
import { Link } from '../navigation/Link.tsx';
import { MatchedRules } from '../rules/MatchedRules.tsx';
import { DeliverySection } from './DeliverySection.tsx';
import { toEventFields } from './event-fields.tsx';
import styles from './EventTab.module.css';
import { FieldList } from './FieldList.tsx';
import { TextBlock } from './TextBlock.tsx';

/** What an event says, what followed from it, and where it came from. */
export function EventTab({ details, search }: { readonly details: EventDetails; readonly search: string }) {
  const { event, matched, runs, delivery } = details;
  return (
    <div className={styles.tab}>
      {event.cause !== undefined && (
        <p className={styles.cause}>
          Raised by the rule <strong>{event.cause.rule}</strong> because of{' '}
          <Link href={`/events/${event.cause.id}${search}`}>{event.cause.type}</Link>.
        </p>
      )}
      <FieldList fields={toEventFields(event)} />
      {(matched.length + runs.length > 0 || event.cause === undefined) && (
        <section aria-labelledby="matched">
          <h3 id="matched">Rules</h3>
          {matched.length + runs.length === 0 ? (
            <p className={styles.soft}>No rule matched.</p>
          ) : (
            <MatchedRules matched={matched} runs={runs} />
          )}
        </section>
      )}
      {delivery !== null && (
        <DeliverySection
          delivery={delivery}
          eventId={event.id}
          hasRuns={runs.length > 0 || delivery.outcome === 'pending'}
          search={search}
        />
      )}
      <section aria-labelledby="as-json">
        <h3 id="as-json">As JSON</h3>
        <TextBlock text={JSON.stringify(event, null, 2)} what="event as JSON" />
      </section>
    </div>
  );
}
