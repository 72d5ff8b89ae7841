import { setTimeout as delay } from 'node:timers/promises';
import { createId } from '../../src/core/id.ts';
import { FettleError } from '../../src/core/errors.ts';
import { transact } from '../../src/store/transact.ts';
import type { Store } from '../../src/store/store.ts';
import { prepareClaim } from '../../src/tasks/desk/claim.ts';
import { createExpiryKeeper } from '../../src/tasks/expiry-keeper.ts';
import { toLeaseHash } from '../../src/tasks/lease-token.ts';
import type { TaskCommand } from '../../src/tasks/machine/contract.ts';
import { moveTasksIn, noteMoves, type TaskPorts } from '../../src/tasks/move.ts';
import type { Task } from '../../src/tasks/contract.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { createCaller, createDeskStage, PROFILE } from '../task-desk.ts';
import { ASSIGNED, FACTS, FREE, OPEN_TO_ALL, OPTIONS, UNDERSTOOD } from '../task-machine.ts';

/**
 * Agents that fight for tasks: each lane claims a few, then completes, releases or fails them, or is never heard from again. What a lane
 * believes to hold it writes down by the clock of the machine: from when a claim was answered until just before its end is asked for, and
 * no longer than its lease lasts from before it asked.
 */
export interface LaneOptions {
  readonly worker: number;
  readonly lanes: number;
  /** Claims that all lanes together make, whether they win a task or find that others have them all. */
  readonly claims: number;
  /** Takes a hold down; append-only. */
  readonly record: (hold: Hold) => void;
}

/** A time in which a lane was sure to hold a task, in nanoseconds of the clock that all processes share. */
export interface Hold {
  readonly task: string;
  readonly fence: number;
  readonly agent: string;
  readonly beganNs: bigint;
  readonly endedNs: bigint;
}

export const LEASE_MS = 2_000;
/** One agent in each process may hold only so many. */
export const NARROW = 3;
const MOST_HELD = 8;
const LEASE_NS = BigInt(LEASE_MS) * 1_000_000n;

/** The row of a task to be fought for. */
export const FOUGHT_FOR: Partial<Task> = { options: { ...OPTIONS, leaseMs: LEASE_MS } };

interface Held {
  readonly id: string;
  readonly fence: number;
  readonly token: string;
  readonly beganNs: bigint;
  /** After this the lease may be over. */
  readonly surelyUntilNs: bigint;
}

export async function runLanes(store: Store, options: LaneOptions): Promise<void> {
  const { worker, lanes, claims, record } = options;
  const narrow = `narrow ${worker}`;
  const { ports: live } = createDeskStage(store, { isLive: true });
  // Without a forge no events are told, and the sequencer is not in the way of what is measured.
  const ports: TaskPorts = { ...live, config: () => ({ ...live.config(), forges: {} }) };
  const keeper = createExpiryKeeper(ports);
  keeper.start();
  let left = claims;
  const lane = async (number: number): Promise<void> => {
    const seeded = createSeededRandom(worker * 1_000 + number);
    const random = () => seeded.next();
    const isNarrow = number === 0 || number === 1;
    const agent = isNarrow ? narrow : `agent ${worker}.${number}`;
    const profile = isNarrow ? { ...PROFILE, concurrency: NARROW } : null;
    const caller = createCaller({ name: `token ${worker}.${number}` });
    let held: Held[] = [];
    let wanted = 1;
    while (left > 0) {
      const askedNs = process.hrtime.bigint();
      left -= 1;
      const attempt = await prepareClaim(ports, { agent, wait: 0 }, profile, caller);
      const taken = await transact(store.db, attempt);
      if (taken === undefined) {
        if (held.length === 0) await delay(2);
        wanted = 0;
      } else {
        const { id, fence } = taken.task;
        held.push({
          id,
          fence,
          token: taken.token,
          beganNs: process.hrtime.bigint(),
          surelyUntilNs: askedNs + LEASE_NS,
        });
      }
      if (held.length < wanted) continue;
      await endAll(ports, held, { random, agent, principal: caller.principal.name, record });
      held = [];
      wanted = 1 + Math.floor(random() * MOST_HELD);
      if (number === 0) await requeueDead(store, ports);
    }
    await endAll(ports, held, { random, agent, principal: caller.principal.name, record });
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  await keeper.stop();
}

interface Ending {
  readonly random: () => number;
  readonly agent: string;
  readonly principal: string;
  readonly record: (hold: Hold) => void;
}

/** Ends what a lane holds, all in one transaction unless a lease is over meanwhile. */
async function endAll(
  ports: TaskPorts,
  held: readonly Held[],
  { random, agent, principal, record }: Ending,
): Promise<void> {
  const nowNs = process.hrtime.bigint();
  const moves = held.flatMap(({ id, fence, token, beganNs, surelyUntilNs }) => {
    const endedNs = surelyUntilNs < nowNs ? surelyUntilNs : nowNs;
    if (endedNs > beganNs) record({ task: id, fence, agent, beganNs, endedNs });
    const lease = { hash: toLeaseHash(token), principal };
    return [toCommands(lease, random()).map((command) => ({ id, command }))];
  });
  try {
    const all = moves.flat().toSorted((one, other) => (one.id < other.id ? -1 : 1));
    noteMoves(ports, await transact(ports.db(), (trx) => moveTasksIn(trx, ports, all)));
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    for (const own of moves) {
      await transact(ports.db(), (trx) => moveTasksIn(trx, ports, own)).catch((refusal: unknown) => {
        if (!(refusal instanceof FettleError) || refusal.code !== 'lease_stale') throw refusal;
      });
    }
  }
}

function toCommands(lease: { hash: string; principal: string }, chance: number): readonly TaskCommand[] {
  if (chance < 0.01) return [];
  if (chance < 0.5) return [{ kind: 'release', lease }];
  if (chance < 0.75) return [{ kind: 'fail', lease, error: 'It did not work.', retryable: true }];
  return [
    { kind: 'complete', lease, result: { summary: createId() } },
    { kind: 'open', reason: ASSIGNED, options: { ...OPTIONS, leaseMs: LEASE_MS }, priority: 0, facts: FACTS },
    { kind: 'read', facts: FACTS, understanding: UNDERSTOOD, selection: OPEN_TO_ALL, blockers: FREE },
  ];
}

/** Looks at the state under the lock: a requeue takes a task from whoever holds it. */
async function requeueDead(store: Store, ports: TaskPorts): Promise<void> {
  await transact(store.db, async (trx) => {
    const dead = await trx
      .selectFrom('tasks')
      .select('id')
      .where('state', '=', 'dead')
      .orderBy('id')
      .limit(20)
      .forUpdate()
      .skipLocked()
      .execute();
    const requeue = { kind: 'requeue', by: 'boss', note: null } as const;
    await moveTasksIn(
      trx,
      ports,
      dead.map(({ id }) => ({ id, command: requeue })),
    );
  });
}
