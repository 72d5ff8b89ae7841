import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';
import type { HubEvent } from '../api/shapes.ts';
import { toSpokenText } from '../event/summary.ts';
import { useNow } from '../shared/now.ts';
import { toDayText } from '../shared/time.ts';
import styles from './EventList.module.css';
import { EventRow } from './EventRow.tsx';
import { useRowFocus } from './use-row-focus.ts';

export interface EventListProps {
  readonly list: RefObject<HTMLDivElement | null>;
  readonly events: readonly HubEvent[];
  readonly search: string;
  readonly isBusy: boolean;
  readonly onNearEnd: () => void;
}

const ROW_PX = 60;
const NEAR_END_ROWS = 25;
const FRESH_MS = 3_000;

/** The events, newest first; only those near the window are in the document. Arrow keys walk through them. */
export function EventList({ list, events, search, isBusy, onNearEnd }: EventListProps) {
  const now = useNow();
  const [top, setTop] = useState(0);
  const focus = useRowFocus(events, list);
  const virtualizer = useWindowVirtualizer({
    count: events.length,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => events[index]?.id ?? index,
    overscan: 12,
    scrollMargin: top,
    rangeExtractor: focus.extractRange,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;

  useLayoutEffect(() => {
    const measure = () => setTop(list.current?.offsetTop ?? 0);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);

  useEffect(() => {
    if (last >= events.length - NEAR_END_ROWS) onNearEnd();
  }, [last, events.length, onNearEnd]);

  return (
    <div
      ref={list}
      className={styles.list}
      style={{ height: virtualizer.getTotalSize() }}
      role="feed"
      aria-label="Events, newest first"
      aria-busy={isBusy}
      onKeyDown={(event) => focus.onKeyDown(event, (index) => virtualizer.scrollToIndex(index))}
    >
      {rows.map(({ index, key, start }) => {
        const event = events[index];
        if (event === undefined) return null;
        const day = toDayText(event.receivedAt, now);
        const newer = events[index - 1];
        const isNewDay = newer === undefined ? day !== 'Today' : toDayText(newer.receivedAt, now) !== day;
        return (
          <article
            key={key}
            ref={virtualizer.measureElement}
            className={styles.item}
            style={{ transform: `translateY(${start - top}px)` }}
            data-index={index}
            aria-label={toSpokenText(event)}
            aria-posinset={index + 1}
            aria-setsize={-1}
          >
            {isNewDay && <h2 className={styles.day}>{day}</h2>}
            <EventRow
              event={event}
              search={search}
              isFresh={Date.now() - Date.parse(event.receivedAt) < FRESH_MS}
              tabIndex={focus.isTarget(event, index) ? 0 : -1}
              onFocus={() => focus.onFocus(event)}
            />
          </article>
        );
      })}
    </div>
  );
}
