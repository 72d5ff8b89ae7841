import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useState } from 'react';
import { useNow } from '../shared/now.ts';
import { toDayText } from '../shared/time.ts';
import styles from './EndlessList.module.css';
import { type ListItem, useRowFocus } from './use-row-focus.ts';

/** What the link of a row needs so that the keyboard finds it; it also carries the id of its item as `data-row`. */
export interface RowFocus {
  readonly tabIndex: 0 | -1;
  readonly onFocus: () => void;
}

export interface EndlessListProps<T extends ListItem> {
  readonly list: RefObject<HTMLDivElement | null>;
  readonly items: readonly T[];
  /** What the list holds. */
  readonly label: string;
  /** How high a row is, as a rule. */
  readonly rowPx: number;
  /** The time of an item, where items stand under their days. */
  readonly toTime?: (item: T) => string;
  /** An item as one would say it. */
  readonly toSpokenText: (item: T) => string;
  readonly isBusy: boolean;
  readonly onNearEnd?: () => void;
  /** Is told which item is the first in the window. */
  readonly onFirstSeen?: (item: T | undefined) => void;
  readonly children: (item: T, focus: RowFocus) => ReactNode;
}

const NEAR_END_ROWS = 25;

/** A long list; only rows near the window are in the document. Arrow keys walk through it. */
export function EndlessList<T extends ListItem>(props: EndlessListProps<T>) {
  const { list, items, label, rowPx, toTime, toSpokenText, isBusy, onNearEnd, onFirstSeen, children } = props;
  const now = useNow();
  const [top, setTop] = useState(0);
  const focus = useRowFocus(items, list);
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowPx,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 12,
    scrollMargin: top,
    rangeExtractor: focus.extractRange,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  const firstSeen = items[virtualizer.range?.startIndex ?? 0];

  useLayoutEffect(() => {
    const measure = () => setTop(list.current?.offsetTop ?? 0);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);

  useEffect(() => {
    if (last >= items.length - NEAR_END_ROWS) onNearEnd?.();
  }, [last, items.length, onNearEnd]);

  useEffect(() => onFirstSeen?.(firstSeen), [firstSeen, onFirstSeen]);

  return (
    <div
      ref={list}
      className={styles.list}
      style={{ height: virtualizer.getTotalSize() }}
      role="feed"
      aria-label={label}
      aria-busy={isBusy}
      onKeyDown={(event) => focus.onKeyDown(event, (index) => virtualizer.scrollToIndex(index))}
    >
      {rows.map(({ index, key, start }) => {
        const item = items[index];
        if (item === undefined) return null;
        const day = findNewDay(items[index - 1], item, now, toTime);
        return (
          <article
            key={key}
            ref={virtualizer.measureElement}
            className={styles.item}
            style={{ transform: `translateY(${start - top}px)` }}
            data-index={index}
            aria-label={toSpokenText(item)}
            aria-posinset={index + 1}
            aria-setsize={-1}
          >
            {day !== null && <h2 className={styles.day}>{day}</h2>}
            {children(item, { tabIndex: focus.isTarget(item, index) ? 0 : -1, onFocus: () => focus.onFocus(item) })}
          </article>
        );
      })}
    </div>
  );
}

/** The day that begins with an item; null when it is that of the item above, or today at the top. */
function findNewDay<T>(
  above: T | undefined,
  item: T,
  nowMs: number,
  toTime: ((item: T) => string) | undefined,
): string | null {
  if (toTime === undefined) return null;
  const day = toDayText(toTime(item), nowMs);
  const dayAbove = above === undefined ? 'Today' : toDayText(toTime(above), nowMs);
  return day === dayAbove ? null : day;
}
