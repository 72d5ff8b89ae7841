import { performance } from 'node:perf_hooks';
import { createRequests, type SignedRequest } from './deliveries.ts';
import { type LoadConnection, openLoadConnection } from './load-connection.ts';

/**
 * The load generator, a process of its own: its parent sends an order, it prepares the requests, says that it is ready, sends them when
 * told to go, and reports.
 *
 *   order ─▶ preparing ─▶ ready ─▶ go ─▶ sending until the time is over or the requests are used up ─▶ report
 */
export interface Order {
  readonly type: 'order';
  readonly port: number;
  readonly path: string;
  readonly secret: string;
  /** Marks the deliveries of one server's life, in hex. */
  readonly run: string;
  /** Number of the first delivery. */
  readonly first: number;
  /** At most so many different deliveries. */
  readonly count: number;
  /** Begin again with the first when all are sent: for servers that remember nothing. */
  readonly repeat: boolean;
  readonly connections: number;
  readonly durationMs: number;
  /** Requests that begin per second, whether answers come or not; null sends the next as soon as an answer is there. */
  readonly perSecond: number | null;
}

export interface Report {
  readonly type: 'report';
  /** Answered 200. */
  readonly accepted: number;
  /** Any other answer, or none. */
  readonly failed: number;
  readonly elapsedMs: number;
  /** Milliseconds from the moment at which the request was due. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Processor time that the generator used itself. */
  readonly ownCpuMs: number;
}

export type ToLoad = Order | { readonly type: 'go' };
export type FromLoad = { readonly type: 'ready' } | Report;

async function run(order: Order, requests: readonly SignedRequest[]): Promise<Report> {
  const connections = await Promise.all(
    Array.from({ length: order.connections }, () => openLoadConnection(order.port)),
  );
  const latencies: number[] = [];
  let next = 0;
  let failed = 0;
  const take = () => {
    if (next >= requests.length && !order.repeat) return undefined;
    const request = requests[next % requests.length];
    next += 1;
    return request;
  };
  const note = (status: number, dueAtMs: number) => {
    if (status === 200) latencies.push(performance.now() - dueAtMs);
    else failed += 1;
  };

  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  const send = order.perSecond === null ? sendInTurn : sendAtRate(order.perSecond);
  await send(connections, { until: startedAtMs + order.durationMs, take, note });
  const elapsedMs = performance.now() - startedAtMs;
  const { user, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();

  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    type: 'report',
    accepted: latencies.length,
    failed,
    elapsedMs,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    ownCpuMs: (user + system) / 1000,
  };
}

interface Sending {
  /** On the clock of `performance.now`. */
  readonly until: number;
  readonly take: () => SignedRequest | undefined;
  readonly note: (status: number, dueAtMs: number) => void;
}

type Send = (connections: readonly LoadConnection[], sending: Sending) => Promise<unknown>;

/** Closed loop: every connection always has a request on its way. */
const sendInTurn: Send = (connections, { until, take, note }) =>
  Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve) => {
          const sendNext = () => {
            const sentAtMs = performance.now();
            const request = sentAtMs < until ? take() : undefined;
            if (request === undefined) {
              resolve();
              return;
            }
            connection.send(request, (status) => {
              note(status, sentAtMs);
              if (status === 0) resolve();
              else sendNext();
            });
          };
          sendNext();
        }),
    ),
  );

/** Open loop: a request that finds no free connection waits, and its wait counts. */
function sendAtRate(perSecond: number): Send {
  return (connections, { until, take, note }) =>
    new Promise<void>((resolve) => {
      const free = [...connections];
      const due: number[] = [];
      let planned = 0;
      const startedAtMs = performance.now();

      const sendDue = () => {
        while (due.length > 0 && free.length > 0) {
          const dueAtMs = due.shift() as number;
          const connection = free.pop() as LoadConnection;
          const request = take();
          if (request === undefined) return;
          connection.send(request, (status) => {
            note(status, dueAtMs);
            if (status !== 0) free.push(connection);
            sendDue();
          });
        }
      };
      const plan = () => {
        const now = performance.now();
        const isOver = now >= until;
        const target = ((Math.min(now, until) - startedAtMs) / 1000) * perSecond;
        for (; planned < target; planned += 1) due.push(startedAtMs + (planned / perSecond) * 1000);
        sendDue();
        if (isOver && (due.length === 0 || now >= until + GRACE_MS) && free.length === connections.length) resolve();
        else if (now >= until + 2 * GRACE_MS) resolve();
        else setTimeout(plan, 1);
      };
      plan();
    });
}

const GRACE_MS = 5_000;

let order: Order | undefined;
let requests: SignedRequest[] = [];
const answer = (message: FromLoad) => process.send?.(message);

process.on('message', (message: ToLoad) => {
  if (message.type === 'order') {
    order = message;
    requests = createRequests(message);
    answer({ type: 'ready' });
  } else if (order !== undefined) {
    void run(order, requests).then(answer);
  }
});
process.on('disconnect', () => process.exit(0));
