import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createTaskMetrics, type TaskBacklog, type TaskMetrics } from './task-metrics.ts';
import { toEventLabel } from './native-event-label.ts';

/** The classes of the books; see ARCHITECTURE.md. */
const BOOK_CLASSES = ['received', 'effected', 'filtered', 'duplicate', 'dead', 'pending'] as const;

/** Totals of the books, one number per class. */
export type BookTotals = Readonly<Record<(typeof BOOK_CLASSES)[number], number>>;

/** The books at one moment. */
export interface BookSnapshot extends BookTotals {
  /** By forge, drained deliveries only; null is what was drained before there were books of forges. */
  readonly forges?: readonly (BookTotals & { readonly forge: string | null })[];
  /** What the check of the books says. */
  readonly isBalanced?: boolean;
}

/** What is read at the moment of a scrape; each must answer at once, from memory. */
export interface MetricSources {
  readonly forgeNames: () => readonly string[];
  readonly inbox: () => { readonly entries: number; readonly bytes: number };
  readonly streamClients: () => number;
  /** May ask the database; undefined while it is away. Called at most once per `BOOKS_CACHE_MS`. */
  readonly books: () => Promise<BookSnapshot | undefined>;
  /** Runs that still need something, by state and action, and how late the oldest due one is. As `books`. */
  readonly runs: () => Promise<RunBacklog | undefined>;
  /** Tasks that still need something. As `books`. */
  readonly tasks: () => Promise<TaskBacklog | undefined>;
  /** The configured agents. */
  readonly agentNames: () => readonly string[];
}

/** What waits to be done. */
export interface RunBacklog {
  readonly counts: readonly { readonly state: string; readonly action: string; readonly runs: number }[];
  /** 0 when nothing is late. */
  readonly lateSeconds: number;
  readonly breakers: number;
  /** Webhooks on forges, by forge and state. */
  readonly hooks: readonly { readonly forge: string; readonly state: string; readonly count: number }[];
}

export interface Metrics {
  /** A request came to a forge's webhook. A forge that is not configured counts as `unknown`. */
  deliveryReceived(forge: string): void;
  /** Answered 200 and durable. `event` is the forge's own name. */
  deliveryAccepted(forge: string, event: string): void;
  /** Found by the drain, or already at the door, to be a duplicate. */
  deliveryDuplicate(forge: string, event: string): void;
  /** Refused. `code` is an error code. */
  deliveryRejected(forge: string, code: string): void;
  /** Time from the request's headers to the answer of an accepted delivery. */
  acceptTook(seconds: number): void;
  /** A batch was committed; `lagSeconds` is the age of its oldest delivery. */
  batchDrained(batch: {
    readonly deliveries: number;
    readonly lagSeconds: number;
    readonly durationSeconds: number;
  }): void;
  /** A delivery stopped a batch and was stored with its error. */
  deliveryPoisoned(forge: string): void;
  authenticationFailed(reason: string): void;
  /** An attempt of a run ended in `state`, because of `code` when it failed. */
  runAttempted(attempt: {
    readonly action: string;
    readonly state: string;
    readonly code: string | undefined;
    readonly seconds: number;
  }): void;
  /** What becomes of tasks. */
  readonly tasks: Omit<TaskMetrics, 'setBacklog'>;
  /** A breaker opened or closed. */
  breakerMoved(isOpen: boolean): void;
  requestFinished(request: {
    readonly method: string;
    /** Pattern of the route, never the path. */
    readonly route: string;
    readonly status: number;
    readonly durationSeconds: number;
  }): void;
  /** Type of the text that `render` gives. */
  readonly contentType: string;
  /** The text of one scrape. */
  render(): Promise<string>;
}

/** However often somebody scrapes, the books are read once in this time. */
const BOOKS_CACHE_MS = 5_000;

/** A scrape tells the rest when the database does not answer in this time. */
const BOOKS_WAIT_MS = 2_000;

const ACCEPT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const LAG_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600];
const HTTP_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

/** The metrics of one hub, in a registry of their own. */
export function createMetrics(sources: MetricSources, now: () => number = Date.now): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter({ name: `fettle_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <T extends string>(name: string, help: string, labelNames: readonly T[], buckets: number[]) =>
    new Histogram({ name: `fettle_${name}`, help, labelNames: [...labelNames], buckets, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `fettle_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  const received = counter('deliveries_received_total', 'Requests to a webhook address.', ['forge']);
  const accepted = counter('deliveries_accepted_total', 'Deliveries made durable and answered 200.', [
    'forge',
    'event',
  ]);
  const duplicates = counter('deliveries_duplicate_total', 'Deliveries known already, by id or by meaning.', [
    'forge',
    'event',
  ]);
  const rejected = counter('deliveries_rejected_total', 'Requests refused, by error code.', ['forge', 'code']);
  const poison = counter('deliveries_poison_total', 'Deliveries stored as unknown because they broke a batch.', [
    'forge',
  ]);
  const failures = counter('authentication_failures_total', 'Requests whose credentials did not hold.', ['reason']);
  const acceptSeconds = histogram(
    'accept_duration_seconds',
    'Time until a delivery was answered 200.',
    [],
    ACCEPT_BUCKETS,
  );
  const lagSeconds = histogram(
    'drain_lag_seconds',
    'Age of the oldest delivery of a batch at its commit.',
    [],
    LAG_BUCKETS,
  );
  const batchSeconds = histogram('drain_batch_duration_seconds', 'Time a batch took.', [], LAG_BUCKETS);
  const batches = counter('drain_batches_total', 'Batches committed.', []);
  const drained = counter('drain_deliveries_total', 'Deliveries committed.', []);
  const requests = histogram(
    'http_request_duration_seconds',
    'Time of a request.',
    ['method', 'route', 'status'],
    HTTP_BUCKETS,
  );

  const attempts = counter('run_attempts_total', 'Attempts of runs, by action, state they ended in and error code.', [
    'action',
    'state',
    'code',
  ]);
  const attemptSeconds = histogram('run_attempt_duration_seconds', 'Time of an attempt.', ['action'], LAG_BUCKETS);
  const breakers = counter('breakers_moved_total', 'Breakers opened and closed.', ['to']);

  gauge('inbox_entries', 'Deliveries that wait in the inbox.', () => sources.inbox().entries);
  gauge('inbox_bytes', 'Size of the inbox on disk, in bytes.', () => sources.inbox().bytes);
  gauge('stream_clients', 'Clients of the event stream.', () => sources.streamClients());
  const books = createCached(sources.books, BOOKS_CACHE_MS, now);
  const bookClasses = new Gauge({
    name: 'fettle_books_deliveries',
    help: 'Deliveries of all inboxes by class; absent while the database is away.',
    labelNames: ['class'],
    registers,
  });
  const forgeClasses = new Gauge({
    name: 'fettle_books_forge_deliveries',
    help: 'Drained deliveries by forge and class; their sum is that of all inboxes without what is not drained yet.',
    labelNames: ['forge', 'class'],
    registers,
  });
  const balanced = new Gauge({
    name: 'fettle_books_balanced',
    help: '1 while the books balance, 0 when a delivery is missing or counted twice; absent until they were read.',
    registers,
  });
  // A gauge begins at 0, which here is an alarm.
  balanced.remove();

  const runs = createCached(sources.runs, BOOKS_CACHE_MS, now);
  const runsOpen = new Gauge({
    name: 'fettle_runs',
    help: 'Runs that still need time, a worker or a person, by state and action.',
    labelNames: ['state', 'action'],
    registers,
  });
  const runsLate = new Gauge({ name: 'fettle_runs_late_seconds', help: 'How late the oldest due run is.', registers });
  const breakersOpen = new Gauge({
    name: 'fettle_breakers_open',
    help: 'Destinations and credentials left alone.',
    registers,
  });

  const hooks = new Gauge({
    name: 'fettle_hooks',
    help: 'Installed webhooks by forge and state; anything but ok wants a look.',
    labelNames: ['forge', 'state'],
    registers,
  });

  const tasks = createTaskMetrics(registry, sources.agentNames);
  const taskBacklog = createCached(sources.tasks, BOOKS_CACHE_MS, now);

  const bookFailures = counter('books_unread_total', 'Scrapes that could not read the books in time.', []);

  const toForgeLabel = (forge: string) => (sources.forgeNames().includes(forge) ? forge : 'unknown');

  return {
    deliveryReceived: (forge) => received.inc({ forge: toForgeLabel(forge) }),
    deliveryAccepted: (forge, event) => accepted.inc({ forge: toForgeLabel(forge), event: toEventLabel(event) }),
    deliveryDuplicate: (forge, event) => duplicates.inc({ forge: toForgeLabel(forge), event: toEventLabel(event) }),
    deliveryRejected: (forge, code) => rejected.inc({ forge: toForgeLabel(forge), code }),
    acceptTook: (seconds) => acceptSeconds.observe(seconds),
    batchDrained(batch) {
      batches.inc();
      drained.inc(batch.deliveries);
      lagSeconds.observe(batch.lagSeconds);
      batchSeconds.observe(batch.durationSeconds);
    },
    deliveryPoisoned: (forge) => poison.inc({ forge: toForgeLabel(forge) }),
    authenticationFailed: (reason) => failures.inc({ reason }),
    runAttempted({ action, state, code = 'none', seconds }) {
      attempts.inc({ action, state, code });
      attemptSeconds.observe({ action }, seconds);
    },
    tasks,
    breakerMoved: (isOpen) => breakers.inc({ to: isOpen ? 'open' : 'closed' }),
    requestFinished: ({ method, route, status, durationSeconds }) =>
      requests.observe({ method, route, status: String(status) }, durationSeconds),
    contentType: registry.contentType,
    async render() {
      const counted = withinTime(taskBacklog(), BOOKS_WAIT_MS).catch(() => undefined);
      bookClasses.reset();
      const totals = await withinTime(books(), BOOKS_WAIT_MS).catch(() => {
        bookFailures.inc();
        return undefined;
      });
      const backlog = await withinTime(runs(), BOOKS_WAIT_MS).catch(() => undefined);
      tasks.setBacklog(await counted);
      runsOpen.reset();
      for (const { state, action, runs: count } of backlog?.counts ?? []) runsOpen.set({ state, action }, count);
      hooks.reset();
      for (const { forge, state, count } of backlog?.hooks ?? []) hooks.set({ forge, state }, count);
      if (backlog !== undefined) runsLate.set(backlog.lateSeconds);
      if (backlog !== undefined) breakersOpen.set(backlog.breakers);
      if (totals?.isBalanced !== undefined) balanced.set(totals.isBalanced ? 1 : 0);
      forgeClasses.reset();
      for (const name of totals === undefined ? [] : BOOK_CLASSES) {
        bookClasses.set({ class: name }, totals?.[name] ?? 0);
        for (const entry of totals?.forges ?? [])
          forgeClasses.set({ forge: entry.forge ?? 'unknown', class: name }, entry[name]);
      }
      return registry.metrics();
    },
  };
}

/** Remembers an answer for a while; callers that come while it is being made share it. */
export function createCached<T>(read: () => Promise<T>, keepMs: number, now: () => number): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let readAt = 0;
  return () => {
    if (answer === undefined || now() - readAt >= keepMs) {
      readAt = now();
      answer = read();
      answer.catch(() => {
        answer = undefined;
      });
    }
    return answer;
  };
}

async function withinTime<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
