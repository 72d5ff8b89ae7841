import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { waitUntil } from './wait-until.ts';

/** One event as a client sees it. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** A client of server-sent events over a real socket. */
export interface SseClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: ReceivedEvent[];
  /** The `seq` of what was received, in order, without gaps. */
  seqs(): number[];
  /** What a browser would send as `Last-Event-ID`: the last complete block's id, with data or without. */
  lastEventId(): string | undefined;
  retryMs(): number | undefined;
  isOpen(): boolean;
  /** Stops and goes on reading the socket. */
  pause(): void;
  resume(): void;
  waitForEvents(count: number): Promise<void>;
  close(): void;
}

/** Connects; resolves once the headers are there. */
export async function openSse(url: string, headers: Record<string, string>): Promise<SseClient> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers, agent: false }, resolve).on('error', reject);
  });
  const events: ReceivedEvent[] = [];
  let lastEventId: string | undefined;
  let retryMs: number | undefined;
  let open = true;
  let rest = '';
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push({ id, event, data: JSON.parse(data) }),
    onRetry: (ms) => (retryMs = ms),
  });
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    parser.feed(text);
    // The parser does not tell of blocks without data, by which browsers move their cursor.
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) lastEventId = /^id: (.*)$/m.exec(block)?.[1] ?? lastEventId;
  });
  response.on('close', () => (open = false));
  response.on('error', () => (open = false));
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    seqs: () => events.filter((event) => event.event !== 'gap').map((event) => Number(event.id)),
    lastEventId: () => lastEventId,
    retryMs: () => retryMs,
    isOpen: () => open,
    pause: () => response.pause(),
    resume: () => response.resume(),
    waitForEvents: (count) => waitUntil(() => events.length >= count, `${count} events came`),
    close: () => response.destroy(),
  };
}
