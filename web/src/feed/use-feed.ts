import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { ActivityPage, Gap } from '../api/shapes.ts';
import { getJson, isPassing, isSignedOut, type ShownProblem, toShownProblem } from '../api/request.ts';
import { goToSignIn } from '../navigation/location.ts';
import { EMPTY_FEED, type FeedState, reduceFeed } from './feed-state.ts';
import { openLiveStream, type StreamPhase } from './live-stream.ts';

export interface Feed {
  readonly state: FeedState;
  readonly phase: StreamPhase;
  /** Why the stream does not come back yet, where the hub says so. */
  readonly trouble: ShownProblem | null;
  /** What the stream could not bring; null when nothing was missed. */
  readonly gap: Gap | null;
  readonly forgetGap: () => void;
  /** Shows the events that wait. */
  readonly release: () => void;
  readonly loadOlder: () => void;
  /** Reads everything anew. */
  readonly reload: () => void;
}

const RETRY_MS = 3_000;

/**
 * The feed of a filter: a first page of the past, older pages on demand, and the live stream. The stream begins at the newest
 * event that existed before the first page was read, so nothing falls between the two. While `isHeld`, new events wait.
 */
export function useFeed(query: string, isHeld: boolean): Feed {
  const [state, dispatch] = useReducer(reduceFeed, EMPTY_FEED);
  const [phase, setPhase] = useState<StreamPhase>('connecting');
  const [trouble, setTrouble] = useState<ShownProblem | null>(null);
  const [gap, setGap] = useState<Gap | null>(null);
  const [round, setRound] = useState(0);
  const held = useRef(isHeld);
  held.current = isHeld;

  const reload = useCallback(() => setRound((count) => count + 1), []);
  const release = useCallback(() => dispatch({ kind: 'released' }), []);
  const forgetGap = useCallback(() => setGap(null), []);

  useEffect(() => {
    const aborter = new AbortController();
    let closeStream: (() => void) | undefined;
    let retryTimer: number | undefined;
    const fail = (error: unknown) => {
      if (aborter.signal.aborted) return;
      const problem = toShownProblem(error);
      if (isSignedOut(problem)) return goToSignIn();
      dispatch({ kind: 'failed', problem });
      if (isPassing(problem)) retryTimer = window.setTimeout(reload, RETRY_MS);
    };
    const start = async () => {
      const head = await getJson<ActivityPage>('/activity?limit=1', aborter.signal);
      const page = await getJson<ActivityPage>(`/activity?${toPageQuery(query)}`, aborter.signal);
      const isHubEmpty = head.events.length === 0 && page.events.length === 0;
      dispatch({ kind: 'loaded', events: page.events, next: page.next, isHubEmpty });
      closeStream = openLiveStream({
        parameters: new URLSearchParams(query),
        after: head.events[0]?.seq ?? 0,
        onEvents: (events) => dispatch({ kind: 'arrived', events, isHeld: held.current }),
        onPhase: (changed) => {
          setPhase(changed);
          if (changed === 'live') setTrouble(null);
        },
        onTrouble: setTrouble,
        onGap: (missed) => {
          // A cursor beyond the newest event means that the hub has another history now: ours is worth nothing.
          if (missed.requested > missed.latest) reload();
          else if (missed.requested > 0) setGap(missed);
        },
        onStopped: fail,
      });
    };
    dispatch({ kind: 'reset' });
    setPhase('connecting');
    setTrouble(null);
    start().catch(fail);
    return () => {
      aborter.abort();
      closeStream?.();
      clearTimeout(retryTimer);
    };
  }, [query, round, reload]);

  useEffect(() => {
    if (!isHeld) dispatch({ kind: 'released' });
  }, [isHeld]);

  const { next } = state;
  const asking = useRef<AbortController | null>(null);
  useEffect(() => () => asking.current?.abort(), [query, round]);
  const loadOlder = useCallback(() => {
    if (next === null || (asking.current !== null && !asking.current.signal.aborted)) return;
    const aborter = new AbortController();
    asking.current = aborter;
    dispatch({ kind: 'older-asked' });
    getJson<ActivityPage>(`/activity?${toPageQuery(query)}&before=${next}`, aborter.signal)
      .then((page) => {
        if (!aborter.signal.aborted) dispatch({ kind: 'older-loaded', events: page.events, next: page.next });
      })
      .catch((error: unknown) => {
        if (!aborter.signal.aborted) dispatch({ kind: 'older-failed', problem: toShownProblem(error) });
      })
      .finally(() => {
        if (asking.current === aborter) asking.current = null;
      });
  }, [query, next]);

  return { state, phase, trouble, gap, forgetGap, release, loadOlder, reload };
}

function toPageQuery(query: string): string {
  return new URLSearchParams([...new URLSearchParams(query), ['limit', '100']]).toString();
}
