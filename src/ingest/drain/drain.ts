import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Clock } from '../../core/clock.ts';
import { findDrainedThrough, findKnownSubjects, toKeyText } from '../../store/batch.ts';
import { isConflict, isDatabaseAbsent } from '../../store/database-errors.ts';
import { ensurePartitions } from '../../store/partitions.ts';
import type { Store } from '../../store/store.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { NumberedEntry } from '../inbox/entry.ts';
import { type Commit, type CommittedDelivery, commitBatch, InboxMovedError, toSubjectKey } from './commit.ts';
import type { Lookups } from './lookups.ts';
import { type DrainSettings, type Prepared, prepareUnderstood, understandEntries } from './prepare.ts';
import { toUnknown, type Understood } from './understand.ts';

/**
 * The drain takes the inbox into the database, in order, batch by batch.
 *
 *   idle ──append──▶ reading ──▶ preparing ──▶ committing ──ok──▶ removing ──▶ reading …, idle when empty
 *                       ▲                         │  │
 *                       │      database absent or │  │ any other failure
 *                       └──── conflict: wait ◀────┘  └──▶ halved, until the culprit stands alone; it is stored as `unknown`
 *
 * Where it stands is in the database (`inboxes.drained_through`), written by the same transaction as the deliveries. A commit
 * whose answer was lost is noticed by that number and not repeated; entries that a crash left behind are skipped.
 */
export interface Drain {
  start(): void;
  /** Stops after the batch at hand. */
  stop(): Promise<void>;
  /** Resolves when the inbox entry of that number is committed. */
  whenDrained(number: number): Promise<void>;
  /** Takes one batch; false when there was none. For tests, instead of `start`. */
  tick(): Promise<boolean>;
}

/** What others want to know of each committed batch. */
export interface DrainObserver {
  onCommit(commit: Commit, timing: { readonly startedAtMs: number; readonly durationMs: number }): void;
  onRetry(error: unknown): void;
  onPoison(forge: string): void;
}

export interface DrainContext {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly host: string;
  readonly lookups: Lookups;
  readonly settings: () => DrainSettings;
  readonly observer: DrainObserver;
  readonly clock: Clock;
  readonly log: Logger;
}

const BATCH_LIMITS = { entries: 250, bytes: 8 * 2 ** 20 };
/**
 * After this many failures in a row the next batch is a single entry: a slow database may take that where a full batch runs
 * into its time limit.
 */
const FAILURES_BEFORE_SMALL = 3;
const SMALL_BATCH_LIMITS = { entries: 1, bytes: 1 };
const DAY_MS = 86_400_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;

export function createDrain(context: DrainContext): Drain {
  const { store, inbox, clock, log, observer } = context;
  let position: number | undefined;
  let failures = 0;
  let stopping = false;
  let running: Promise<void> | undefined;
  let wake: () => void = () => undefined;
  let waiters: { readonly number: number; readonly resolve: () => void }[] = [];
  /** Days since the epoch whose partitions exist. */
  const knownDays = new Set<number>();

  /** Where the database says this inbox stands. */
  const findPosition = async (): Promise<number> => {
    const through = (await findDrainedThrough(store.db, inbox.id)) ?? inbox.removedThrough();
    if (through > inbox.lastNumber()) {
      // The data directory is older than the database, as after a restored backup: its numbers were used before. Under a new
      // identity nothing is skipped; what was drained before is folded by delivery id.
      await inbox.changeIdentity();
      log.warn({ inbox: inbox.id, drainedThrough: through, lastNumber: inbox.lastNumber() }, 'inbox.identity_changed');
      return inbox.removedThrough();
    }
    return through;
  };

  const ensureDays = async (entries: readonly NumberedEntry[]) => {
    const days = new Set(entries.map((entry) => Math.floor(entry.head.receivedAtMs / DAY_MS)));
    for (const day of days) {
      if (knownDays.has(day)) continue;
      await ensurePartitions(store.db, new Date(day * DAY_MS), new Date((day + 1) * DAY_MS));
      knownDays.add(day);
    }
  };

  const prepare = async (entries: readonly NumberedEntry[], settings: DrainSettings): Promise<Prepared[]> => {
    const understood = await understandEntries(entries);
    const asking = understood
      .filter((one) => one.snapshot?.touched !== undefined)
      .flatMap((one) => toSubjectKey(one) ?? []);
    const known = asking.length === 0 ? new Set<string>() : await findKnownSubjects(store.db, asking);
    return Promise.all(
      understood.map((one) => {
        const subject = toSubjectKey(one);
        const isKnown = subject !== undefined && known.has(toKeyText(subject));
        return prepareUnderstood(one, isKnown, settings, context.lookups);
      }),
    );
  };

  const write = async (batch: readonly Prepared[], from: number, settings: DrainSettings): Promise<number> => {
    const through = batch.at(-1)?.entry.number ?? from;
    const startedAtMs = clock();
    const identity = { id: inbox.id, host: context.host, answeredThrough: inbox.lastNumber() };
    const result = await store.db
      .transaction()
      .execute((trx) => commitBatch(trx, batch, identity, { from, through }, settings, startedAtMs));
    observer.onCommit(result, { startedAtMs, durationMs: clock() - startedAtMs });
    for (const one of result.deliveries) log.info(toLogFacts(one, clock()), 'delivery.stored');
    return through;
  };

  const commit = async (batch: readonly Prepared[], from: number, settings: DrainSettings): Promise<number> => {
    try {
      return await write(batch, from, settings);
    } catch (error) {
      if (saysNothingOfTheBatch(error)) throw error;
      const [alone] = batch;
      if (alone === undefined) throw error;
      if (batch.length === 1) return await commitPoison(alone, error, from, settings);
      const middle = batch.length >> 1;
      const reached = await commit(batch.slice(0, middle), from, settings);
      return await commit(batch.slice(middle), reached, settings);
    }
  };

  /** Stores a delivery that the database refused: with what it calls itself and why, or, refused again, with its bytes alone. */
  const commitPoison = async (
    { entry, identity, body, bodySha256 }: Prepared,
    cause: unknown,
    from: number,
    settings: DrainSettings,
  ): Promise<number> => {
    observer.onPoison(entry.head.forge);
    log.error({ delivery: entry.head.id, forge: entry.head.forge, err: cause }, 'drain.poison');
    const writeUnknown = async (unknown: Understood) => {
      const prepared = await prepareUnderstood({ ...unknown, body, bodySha256 }, true, settings, context.lookups);
      return await write([prepared], from, settings);
    };
    try {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return await writeUnknown(toUnknown(entry, `This delivery could not be stored: ${reason}`, identity));
    } catch (error) {
      if (saysNothingOfTheBatch(error)) throw error;
      const bare = { ...entry, head: { ...entry.head, headers: {}, remoteAddress: null } };
      return await writeUnknown(toUnknown(bare, 'This delivery could not be stored; only its bytes are kept.'));
    }
  };

  const settle = async (through: number) => {
    position = through;
    const done = waiters.filter((waiter) => waiter.number <= through);
    waiters = waiters.filter((waiter) => waiter.number > through);
    for (const waiter of done) waiter.resolve();
    await inbox.removeThrough(through);
  };

  const tick = async (): Promise<boolean> => {
    const from = (position ??= await findPosition());
    const entries = inbox.read(from, failures < FAILURES_BEFORE_SMALL ? BATCH_LIMITS : SMALL_BATCH_LIMITS);
    if (entries.length === 0) {
      await settle(from);
      return false;
    }
    await ensureDays(entries);
    const settings = context.settings();
    await settle(await commit(await prepare(entries, settings), from, settings));
    return true;
  };

  const run = async () => {
    let waitMs = FIRST_WAIT_MS;
    while (!stopping) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      try {
        const worked = await tick();
        waitMs = FIRST_WAIT_MS;
        failures = 0;
        if (!worked && !stopping) await woken;
      } catch (error) {
        failures += 1;
        position = undefined;
        knownDays.clear();
        observer.onRetry(error);
        log.warn({ err: error, waitMs, pending: inbox.size().entries }, 'drain.waiting');
        await Promise.race([delay(waitMs * (0.5 + Math.random())), stopped.promise]);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
    }
  };

  const stopped = Promise.withResolvers<void>();
  inbox.onAppend(() => wake());

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping = true;
      stopped.resolve();
      wake();
      await running;
    },
    whenDrained(number) {
      if (position !== undefined && number <= position) return Promise.resolve();
      return new Promise((resolve) => waiters.push({ number, resolve }));
    },
    tick,
  };
}

/** The one wide line of a delivery; `delivery` is the id that its sender was answered. */
function toLogFacts({ prepared, state, duplicateOf, outcome, types, triggers }: CommittedDelivery, nowMs: number) {
  const { entry, identity, events } = prepared;
  return {
    delivery: entry.head.id,
    forge: entry.head.forge,
    forgeDeliveryId: identity.deliveryId,
    event: identity.event,
    action: identity.action,
    repo: events[0]?.repo?.fullName,
    address: entry.head.remoteAddress,
    bytes: entry.body.length,
    state,
    duplicateOf: duplicateOf ?? undefined,
    outcome,
    types,
    triggers,
    waitedMs: nowMs - entry.head.receivedAtMs,
  };
}

/** Whether a failed commit is to be tried again as it is: the database is away or busy, or the batch was committed before. */
function saysNothingOfTheBatch(error: unknown): boolean {
  return error instanceof InboxMovedError || isDatabaseAbsent(error) || isConflict(error);
}
