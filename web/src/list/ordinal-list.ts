import type { ShownProblem } from '../api/request.ts';

/** Something in a list of the hub that is kept in the order of insertion. */
export interface OrdinalItem {
  readonly id: string;
  readonly ordinal: number;
}

/** One page of such a list: all that there is from below `before` down to `next`. */
export interface OrdinalPage<T> {
  readonly items: readonly T[];
  /** Where it was asked to begin; null for the top. */
  readonly before: number | null;
  /** `before` of the next page; null at the end. */
  readonly next: number | null;
  /** It ends because it has as many items as were asked for, and not because it looked through enough. */
  readonly isFull: boolean;
}

/**
 * What a list holds whose items change, come and go: newest first, without a hole between the top and `next`.
 *
 *   loading ──first page──▶ ready ◀──a page read anew, an older page──┐
 *                                                                     └── ready
 *
 * A page that is read anew replaces what was known of its stretch. When so much came in at the top that a full page ends above what is
 * known, the older part is dropped, and read again from `next` when somebody scrolls there. A page that is not full has looked through
 * thousands of items, more than come in between two readings.
 */
export interface OrdinalList<T> {
  readonly phase: 'loading' | 'ready';
  readonly items: readonly T[];
  readonly next: number | null;
  readonly older: 'idle' | 'loading' | ShownProblem;
}

export type OrdinalListAction<T> =
  | { readonly kind: 'read'; readonly page: OrdinalPage<T> }
  | { readonly kind: 'older-asked' }
  | { readonly kind: 'older-failed'; readonly problem: ShownProblem };

/** The list before anything was read. */
export function toEmptyList<T>(): OrdinalList<T> {
  return { phase: 'loading', items: [], next: null, older: 'idle' };
}

/** The next state of a list. */
export function reduceOrdinalList<T extends OrdinalItem>(
  state: OrdinalList<T>,
  action: OrdinalListAction<T>,
): OrdinalList<T> {
  switch (action.kind) {
    case 'read':
      return merge(state, action.page);
    case 'older-asked':
      return { ...state, older: 'loading' };
    default:
      return { ...state, older: action.problem };
  }
}

function merge<T extends OrdinalItem>(state: OrdinalList<T>, page: OrdinalPage<T>): OrdinalList<T> {
  const from = page.before ?? Number.POSITIVE_INFINITY;
  const downTo = page.next ?? Number.NEGATIVE_INFINITY;
  if (state.phase === 'loading') {
    // Below the top it would leave a hole.
    if (page.before !== null) return state;
    return { phase: 'ready', items: page.items, next: page.next, older: 'idle' };
  }
  const knownDownTo = state.next ?? Number.NEGATIVE_INFINITY;
  // Asked before the older part was dropped; what is between is not known.
  if (from < knownDownTo) return state;
  const above = state.items.filter(({ ordinal }) => ordinal >= from);
  const top = state.items[0]?.ordinal ?? knownDownTo;
  if (page.isFull && downTo > top)
    return { ...state, items: [...above, ...page.items], next: page.next, older: 'idle' };
  const below = state.items.filter(({ ordinal }) => ordinal < downTo);
  const isFurther = downTo < knownDownTo;
  const next = isFurther ? page.next : state.next;
  const older = page.before !== null && isFurther ? 'idle' : state.older;
  return { ...state, items: [...above, ...page.items, ...below], next, older };
}
