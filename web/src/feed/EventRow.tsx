import type { HubEvent } from '../api/shapes.ts';
import { EventMarks } from '../event/EventMarks.tsx';
import { toPhrase } from '../event/event-types.ts';
import { KIND_TITLES } from '../event/kinds.ts';
import { toSummary } from '../event/summary.ts';
import { TypeChip } from '../event/TypeChip.tsx';
import type { RowFocus } from '../list/EndlessList.tsx';
import { Link } from '../navigation/Link.tsx';
import { RelativeTime } from '../shared/RelativeTime.tsx';
import styles from './EventRow.module.css';

export interface EventRowProps extends RowFocus {
  readonly event: HubEvent;
  readonly search: string;
  /** It came in just now. */
  readonly isFresh: boolean;
}

/** One event. The whole row is the link to its details; a trigger also links to its cause. */
export function EventRow({ event, search, isFresh, tabIndex, onFocus }: EventRowProps) {
  const { about, text, detail, tone } = toSummary(event);
  const { repo, actor, cause } = event;
  const isTrigger = event.type === 'trigger.raised';
  return (
    <div className={styles.row} data-fresh={isFresh} data-trigger={isTrigger}>
      <div className={styles.chip}>
        <TypeChip type={event.type} />
      </div>
      <Link
        className={styles.title}
        href={`/events/${event.id}${search}`}
        tabIndex={tabIndex}
        onFocus={onFocus}
        data-row={event.id}
      >
        {about !== null && <span className={styles.about}>{about}</span>}
        <span className={styles.text}>{text}</span>
        {detail !== null && (
          <span className={styles.detail} data-tone={tone}>
            {detail}
          </span>
        )}
      </Link>
      <RelativeTime iso={event.receivedAt} className={styles.time} />
      <div className={styles.meta}>
        {repo !== undefined && <span className={styles.repo}>{repo.fullName}</span>}
        {actor !== undefined && <span>{isTrigger ? actor.login : `${actor.login} ${toPhrase(event.type)}`}</span>}
        <span>
          {event.forge}
          {event.forge !== event.kind && <span className={styles.kind}> {KIND_TITLES[event.kind]}</span>}
        </span>
        {cause !== undefined && (
          <span>
            because of{' '}
            <Link className={styles.cause} href={`/events/${cause.id}${search}`} tabIndex={tabIndex}>
              {cause.type}
            </Link>{' '}
            by rule {cause.rule}
          </span>
        )}
        <EventMarks event={event} />
      </div>
    </div>
  );
}
