import { type RefObject, useEffect, useState } from 'react';

/** Why new events wait instead of coming in at the top. */
export type HoldReason = 'paused' | 'scrolled' | 'pointed';

/** A pointer that has rested this long is not about to press anything. */
const RESTS_AFTER_MS = 10_000;
const TOP_PX = 24;

/**
 * Whether new events must wait: nothing may move under a pointer that aims, a keyboard that walks through the list, or an eye that
 * reads further down. Null lets them in.
 */
export function useHoldReason(list: RefObject<HTMLElement | null>, isPaused: boolean): HoldReason | null {
  const isScrolled = useIsScrolled();
  const isPointed = useIsPointed(list);
  if (isPaused) return 'paused';
  if (isScrolled) return 'scrolled';
  return isPointed ? 'pointed' : null;
}

function useIsScrolled(): boolean {
  const [isScrolled, setScrolled] = useState(() => scrollY > TOP_PX);
  useEffect(() => {
    const update = () => setScrolled(scrollY > TOP_PX);
    addEventListener('scroll', update, { passive: true });
    return () => removeEventListener('scroll', update);
  }, []);
  return isScrolled;
}

function useIsPointed(list: RefObject<HTMLElement | null>): boolean {
  const [isPointed, setPointed] = useState(false);
  useEffect(() => {
    let timer: number | undefined;
    const update = (target: EventTarget | null) => {
      clearTimeout(timer);
      const isInside = target instanceof Node && list.current?.contains(target) === true;
      setPointed(isInside);
      if (isInside) timer = window.setTimeout(() => setPointed(false), RESTS_AFTER_MS);
    };
    const onPointer = (event: PointerEvent) => update(event.target);
    const onKey = () => update(document.activeElement);
    const onOut = () => update(null);
    addEventListener('pointermove', onPointer, { passive: true });
    addEventListener('pointerdown', onPointer, { passive: true });
    addEventListener('keydown', onKey);
    document.documentElement.addEventListener('pointerleave', onOut);
    return () => {
      clearTimeout(timer);
      removeEventListener('pointermove', onPointer);
      removeEventListener('pointerdown', onPointer);
      removeEventListener('keydown', onKey);
      document.documentElement.removeEventListener('pointerleave', onOut);
    };
  }, [list]);
  return isPointed;
}
