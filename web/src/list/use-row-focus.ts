import { defaultRangeExtractor, type Range } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';

/** Whatever stands in a list. */
export interface ListItem {
  readonly id: string;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

/**
 * Walking through the list by keyboard: the Tab key enters and leaves it, arrow keys (or j and k) go from row to row, Home to the top. The row
 * with the focus stays in the document however far one scrolls, or the focus would be lost.
 */
export function useRowFocus(items: readonly ListItem[], list: RefObject<HTMLElement | null>) {
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  const focused = focusedId === null ? -1 : items.findIndex(({ id }) => id === focusedId);

  // The row may only be drawn after the list has scrolled to it.
  useEffect(() => {
    if (wanted.current === null) return;
    const link = list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (link === null || link === undefined) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  return {
    isTarget: (item: ListItem, index: number) => (focused === -1 ? index === 0 : item.id === focusedId),
    onFocus: (item: ListItem) => setFocusedId(item.id),
    extractRange: (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      return focused === -1 || indexes.includes(focused) ? indexes : [...indexes, focused].toSorted((a, b) => a - b);
    },
    onKeyDown: (event: KeyboardEvent, scrollTo: (index: number) => void) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = STEPS[event.key];
      const target = event.key === 'Home' ? 0 : step === undefined ? -1 : Math.max(0, focused) + step;
      const next = items[target];
      if (next === undefined) return;
      event.preventDefault();
      wanted.current = next.id;
      setFocusedId(next.id);
      if (target === 0) window.scrollTo({ top: 0 });
      else scrollTo(target);
    },
  };
}
