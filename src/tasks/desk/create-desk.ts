import { hasReadyTask } from '../../store/task-claims.ts';
import { listLastEntries } from '../../store/task-entries.ts';
import { listLeases } from '../../store/task-leases.ts';
import { findOrdinal, listTasks } from '../../store/task-list.ts';
import type { Task } from '../contract.ts';
import { listDependencies } from '../dependencies/blockers.ts';
import type { Caller, TaskDesk } from '../desk-contract.ts';
import { toLeaseHash } from '../lease-token.ts';
import { moveTask, type TaskPorts } from '../move.ts';
import type { Claimed, ClaimRequest, ContextBundle, TaskDetails, TaskSummary } from '../shapes.ts';
import { createAgentVerbs } from './agent-verbs.ts';
import { findProfile } from './agents.ts';
import { createBell } from './bell.ts';
import { prepareClaim } from './claim.ts';
import { doOnce, endWithNothing, toRequestKey } from './idempotency.ts';
import { createOperatorVerbs } from './operator-verbs.ts';
import { createSightings } from './sightings.ts';
import { toDetails, toSummary } from './views.ts';
import { ensureVisible, getVisibleTask } from './visibility.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface DeskPorts extends TaskPorts {
  /** What an agent is given to work with; may ask the forge, and does without it when that takes too long. */
  readonly bundle: (task: Task, signal: AbortSignal) => Promise<ContextBundle>;
}

/** A desk that is told when something was committed, by this process or another. */
export interface Desk extends TaskDesk {
  wake(): void;
}

/** Entries of the journal that come with the details of a task. */
const JOURNAL = 200;

export function createTaskDesk(ports: DeskPorts): Desk {
  const bell = createBell();
  const sightings = createSightings(ports);
  const room = createWaitingRoom({ hasWork: () => hasReadyTask(ports.db()), log: ports.log });

  const getDetails = async (id: string, caller: Caller): Promise<TaskDetails> => {
    const task = await getVisibleTask(ports, id, caller);
    const db = ports.db();
    const [ordinal, dependencies, leases, journal] = await Promise.all([
      findOrdinal(db, id),
      listDependencies(db, task),
      listLeases(db, id),
      listLastEntries(db, id, JOURNAL),
    ]);
    return toDetails(task, { ordinal: ordinal ?? 0, dependencies, leases, journal });
  };

  /** One try. What is kept for the same request again is what cannot be found out later. */
  const tryToClaim = async (request: ClaimRequest, caller: Caller): Promise<Grant | undefined> => {
    const profile = await findProfile(ports, request.agent);
    if (profile !== null) await sightings.note(request.agent);
    const attempt = await prepareClaim(ports, request, profile, caller);
    const done = await doOnce<Grant>(ports, caller, toAsked(request), async (trx) => {
      const taken = await attempt(trx);
      if (taken === undefined) return undefined;
      const { task, ordinal, token, move } = taken;
      const lease = { token, fence: task.fence, expiresAt: task.leaseUntil ?? move.nowAt, ttlSeconds: toTtl(task) };
      return { moves: [move], answer: { task: toSummary(task, ordinal), lease } };
    });
    const [move] = done?.moves ?? [];
    if (move !== undefined) {
      const { task } = move;
      const waitedMs = Date.parse(task.claimedAt ?? move.nowAt) - Date.parse(task.queuedAt ?? move.nowAt);
      ports.observer.claimed(request.agent, Math.max(waitedMs, 0) / 1_000);
      await sightings.note(request.agent);
    }
    return done?.answer;
  };

  /** Nobody hears of the lease, so that it would only run out. */
  const giveBack = async ({ task, lease }: Grant, caller: Caller): Promise<void> => {
    const proof = { hash: toLeaseHash(lease.token), principal: caller.principal.name };
    await moveTask(ports, task.id, { kind: 'release', lease: proof }).catch((error: unknown) =>
      ports.log.debug({ err: error, task: task.id }, 'task.give_back_failed'),
    );
  };

  return {
    async list(filter, page, { principal }) {
      const { tasks, next } = await listTasks(
        ports.db(),
        {
          states: filter.states,
          forge: filter.forge ?? null,
          repos: filter.repos ?? [],
          scopes: principal.scopes.repos,
          agent: filter.agent ?? null,
          label: filter.label ?? null,
        },
        page,
      );
      return { tasks: tasks.map(({ task, ordinal }) => toSummary(task, ordinal)), next };
    },
    get: getDetails,
    async getContext(id, caller) {
      return await ports.bundle(await getVisibleTask(ports, id, caller), caller.signal);
    },
    async claim(request, caller) {
      if (request.task !== undefined) await ensureVisible(ports, request.task, caller);
      const attempt = () => tryToClaim(request, caller);
      const limits = { ms: request.wait * 1_000, signal: caller.signal };
      const found = request.wait > 0 ? await room.wait(attempt, limits) : await attempt();
      // Who is gone asks again, and is to be given what there is then.
      const endsNow = found === undefined && !caller.signal.aborted;
      const grant = endsNow ? await endWithNothing<Grant>(ports, caller, toAsked(request)) : found;
      if (grant === undefined) return undefined;
      // With a key the same request can still ask for the lease, and whoever still listens, as to a hub that stops, is told of it.
      const isLost = () => caller.signal.aborted && toRequestKey(caller) === undefined;
      if (!isLost()) {
        const task = await getVisibleTask(ports, grant.task.id, caller);
        const context = await ports.bundle(task, caller.signal);
        if (!isLost()) return { ...grant, context };
      }
      await giveBack(grant, caller);
      return undefined;
    },
    ...createAgentVerbs({ ports, bell, sightings }),
    ...createOperatorVerbs(ports, getDetails),
    wake() {
      room.wake();
      bell.ring();
    },
  };
}

/** What makes two claims the same; not how long they wait. */
function toAsked({ wait: _wait, ...asked }: ClaimRequest): readonly unknown[] {
  return ['claim', asked];
}

/** A claim without what an agent is given to work with. */
interface Grant {
  readonly task: TaskSummary;
  readonly lease: Claimed['lease'];
}

function toTtl({ options }: Task): number {
  return Math.floor(options.leaseMs / 1_000);
}
