import type { Gap, HubEvent } from '../api/shapes.ts';
import { getJson, isPassing, isSignedOut, type ShownProblem, toShownProblem } from '../api/request.ts';
import { EVENT_TYPES } from '../event/event-types.ts';

/**
 * The stream of events in the browser.
 *
 *   connecting ──open──▶ live ──connection lost──▶ reconnecting ──open──▶ live …
 *        └──answer other than 200──▶ reconnecting (we ask why, wait, and open again with our cursor)
 *                                        └──refused for good, or signed out──▶ stopped
 *
 * The browser itself reconnects after a lost connection and tells the hub the last id it saw. It gives up after any other answer than 200,
 * such as 503 while the hub starts; then we begin anew, with the last id in the address. Either way nothing is missed, or a `gap` says so.
 */
export type StreamPhase = 'connecting' | 'live' | 'reconnecting' | 'stopped';

export interface LiveStreamOptions {
  /** Filter parameters, as in the address of the page. */
  readonly parameters: URLSearchParams;
  /** The last event known; the stream brings what comes after it. */
  readonly after: number;
  readonly onEvents: (events: readonly HubEvent[]) => void;
  readonly onGap: (gap: Gap) => void;
  readonly onPhase: (phase: StreamPhase) => void;
  /** Why the stream does not come back yet. */
  readonly onTrouble: (problem: ShownProblem) => void;
  /** The stream will not come back by itself. */
  readonly onStopped: (problem: ShownProblem) => void;
}

/** Events are handed over in groups, so that a burst does not draw the page a thousand times. */
const GROUP_MS = 60;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/** Opens the stream; call what it returns to close it. */
export function openLiveStream(options: LiveStreamOptions): () => void {
  let cursor = options.after;
  let source: EventSource | undefined;
  let group: HubEvent[] = [];
  let groupTimer: number | undefined;
  let retryTimer: number | undefined;
  let retryMs = FIRST_RETRY_MS;
  let isClosed = false;

  const handOver = () => {
    groupTimer = undefined;
    const events = group;
    group = [];
    if (!isClosed && events.length > 0) options.onEvents(events);
  };
  const receive = (message: MessageEvent<string>) => {
    cursor = Number(message.lastEventId);
    group.push((JSON.parse(message.data) as { data: HubEvent }).data);
    groupTimer ??= window.setTimeout(handOver, GROUP_MS);
  };
  const connect = () => {
    retryTimer = undefined;
    const parameters = new URLSearchParams(options.parameters);
    parameters.set('after', String(cursor));
    source = new EventSource(`/events?${parameters}`);
    source.addEventListener('open', () => {
      retryMs = FIRST_RETRY_MS;
      options.onPhase('live');
    });
    source.addEventListener('error', () => {
      options.onPhase('reconnecting');
      if (source?.readyState === EventSource.CLOSED) void askWhy();
    });
    source.addEventListener('gap', (message: MessageEvent<string>) => {
      cursor = Number(message.lastEventId);
      options.onGap(JSON.parse(message.data) as Gap);
    });
    for (const type of EVENT_TYPES) source.addEventListener(type, receive);
  };
  const askWhy = async () => {
    try {
      const question = [...options.parameters, ['after', String(cursor)], ['wait', '0'], ['limit', '1']];
      await getJson(`/events?${new URLSearchParams(question)}`);
    } catch (error) {
      const problem = toShownProblem(error);
      if (isClosed) return;
      if (isSignedOut(problem) || !isPassing(problem)) {
        options.onPhase('stopped');
        options.onStopped(problem);
        return;
      }
      options.onTrouble(problem);
    }
    if (isClosed) return;
    retryTimer = window.setTimeout(connect, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
  };
  // Whoever comes back to the page, or back online, should not wait for the end of a long pause.
  const hurry = () => {
    if (retryTimer === undefined || document.visibilityState === 'hidden') return;
    clearTimeout(retryTimer);
    retryMs = FIRST_RETRY_MS;
    connect();
  };

  options.onPhase('connecting');
  connect();
  addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  return () => {
    isClosed = true;
    source?.close();
    clearTimeout(groupTimer);
    clearTimeout(retryTimer);
    removeEventListener('online', hurry);
    document.removeEventListener('visibilitychange', hurry);
  };
}
