import type { HubEvent } from '../api/shapes.ts';
import type { ShownProblem } from '../api/request.ts';

/**
 * What the feed holds.
 *
 *   loading ──first page──▶ ready ◀──older pages, live events──┐
 *      └──────refused──▶ failed                                └── ready
 *
 * In `ready`, `events` are shown and `waiting` are known but held back until the reader lets them in; both newest first, without a hole:
 * every event of the filter between the newest waiting one and `next` is in one of them. Where that could no longer be kept (too many
 * waited), the older part is dropped and read again from `next` when somebody scrolls there.
 */
export interface FeedState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: ShownProblem | null;
  readonly events: readonly HubEvent[];
  readonly waiting: readonly HubEvent[];
  /** More waited than were kept, so what is below them must be read again. */
  readonly hasOverflowed: boolean;
  /** Where the next older page begins; null at the end. */
  readonly next: number | null;
  readonly older: 'idle' | 'loading' | ShownProblem;
  /** Whether the hub has any event at all, of whatever filter. */
  readonly isHubEmpty: boolean;
}

export type FeedAction =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'loaded';
      readonly events: readonly HubEvent[];
      readonly next: number | null;
      readonly isHubEmpty: boolean;
    }
  | { readonly kind: 'failed'; readonly problem: ShownProblem }
  | { readonly kind: 'arrived'; readonly events: readonly HubEvent[]; readonly isHeld: boolean }
  | { readonly kind: 'released' }
  | { readonly kind: 'older-asked' }
  | { readonly kind: 'older-loaded'; readonly events: readonly HubEvent[]; readonly next: number | null }
  | { readonly kind: 'older-failed'; readonly problem: ShownProblem };

/** Events that wait at most; beyond, the oldest of them are read again later. */
export const MAX_WAITING = 1_000;
/** Events shown at most when new ones are let in at the top; older ones are read again when somebody scrolls there. */
export const MAX_SHOWN = 3_000;

export const EMPTY_FEED: FeedState = {
  phase: 'loading',
  problem: null,
  events: [],
  waiting: [],
  hasOverflowed: false,
  next: null,
  older: 'idle',
  isHubEmpty: false,
};

/** The next state of the feed. */
export function reduceFeed(state: FeedState, action: FeedAction): FeedState {
  switch (action.kind) {
    case 'reset':
      return EMPTY_FEED;
    case 'loaded': {
      // What the stream brought while the page was on its way is in neither or in both.
      const loaded = { ...state, phase: 'ready' as const, problem: null, events: action.events, next: action.next };
      const isHubEmpty = action.isHubEmpty && state.waiting.length === 0;
      return release({ ...loaded, isHubEmpty, waiting: onlyNewer(state.waiting, action.events) });
    }
    case 'failed':
      return { ...EMPTY_FEED, phase: 'failed', problem: action.problem };
    case 'arrived': {
      const fresh = onlyNewer(action.events.toSorted(byNewest), [...state.waiting, ...state.events]);
      if (fresh.length === 0) return state;
      const all = [...fresh, ...state.waiting];
      const waiting = all.slice(0, MAX_WAITING);
      const hasOverflowed = state.hasOverflowed || all.length > waiting.length;
      const arrived = { ...state, waiting, hasOverflowed, isHubEmpty: false };
      // Where nothing is shown, nothing can move under anybody.
      const mustWait = state.phase !== 'ready' || (action.isHeld && state.events.length > 0);
      return mustWait ? arrived : release(arrived);
    }
    case 'released':
      return release(state);
    case 'older-asked':
      return { ...state, older: 'loading' };
    case 'older-loaded': {
      const oldest = state.events.at(-1)?.seq ?? Number.POSITIVE_INFINITY;
      const events = [...state.events, ...action.events.filter(({ seq }) => seq < oldest)];
      return { ...state, older: 'idle', events, next: action.next };
    }
    default:
      return { ...state, older: action.problem };
  }
}

/** Shows what waits. */
function release(state: FeedState): FeedState {
  if (state.waiting.length === 0) return state;
  const all = state.hasOverflowed ? state.waiting : [...state.waiting, ...state.events];
  const events = all.slice(0, MAX_SHOWN);
  const isCut = state.hasOverflowed || events.length < all.length;
  return {
    ...state,
    events,
    waiting: [],
    hasOverflowed: false,
    next: isCut ? (events.at(-1)?.seq ?? null) : state.next,
  };
}

/** Those that are newer than all that is known; the stream repeats some after a resumption. */
function onlyNewer(events: readonly HubEvent[], known: readonly HubEvent[]): HubEvent[] {
  const newest = known[0]?.seq ?? 0;
  return events.filter(({ seq }) => seq > newest);
}

function byNewest(a: HubEvent, b: HubEvent): number {
  return b.seq - a.seq;
}
