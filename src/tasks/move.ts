import type { Transaction } from 'kysely';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type Clock, systemClock, toIsoTime } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import type { Announcements } from '../jobs/contract.ts';
import { insertEvents } from '../store/batch.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { insertRuns } from '../store/runs.ts';
import type { Database } from '../store/schema.ts';
import type { GetDatabase } from '../store/store.ts';
import { ensureTask, lockTasks, readNow, saveTasks, type TaskChange } from '../store/tasks.ts';
import { transact } from '../store/transact.ts';
import { toFollowUpRun, toTaskEvent, toTaskEventRow } from './announce.ts';
import type { Task } from './contract.ts';
import type { TaskObserver } from './desk-contract.ts';
import type { Decision, TaskCommand } from './machine/contract.ts';
import { decide } from './machine/decide.ts';

/** The only way to change a task but for the claim: lock, decide, save, and say so, in one transaction. */

/** What it takes to move tasks. */
export interface TaskPorts {
  readonly db: GetDatabase;
  /** The clock of this process, for events and runs. Leases go by the clock of the database, unless this one is held by a test. */
  readonly clock: Clock;
  readonly config: () => Config;
  readonly log: Logger;
  /** What rules do about an event of a task. From the hub, since rules stand higher. */
  readonly planRuns: Announcements['planRuns'];
  /** After commit: wakes stream, dispatcher and waiting claims of this process. */
  readonly onCommitted: () => void;
  readonly observer: TaskObserver;
}

/** A decision with the task before it. */
export interface Move extends Decision {
  readonly before: Task;
  /** When it was decided, by the clock that leases go by. */
  readonly nowAt: string;
}

/** What identifies the subject of a task. */
export interface TaskSubject {
  readonly key: string;
  readonly forge: string;
  readonly repo: string | null;
  readonly subject: 'issue' | 'pull' | null;
  readonly number: number | null;
}

/** The key of the task for an issue or pull request, written like a reference to it. */
export function toTaskKey(forge: string, repo: string, subject: 'issue' | 'pull', number: number): string {
  return `${forge}/${repo}${subject === 'pull' ? '!' : '#'}${number}`;
}

/** The time that is not the database's: of a clock that a test holds. Null stands for the database's. */
export function toHeldTime({ clock }: Pick<TaskPorts, 'clock'>): string | null {
  return clock === systemClock ? null : toIsoTime(clock());
}

/** @throws FettleError `not_found`, and what the machine throws or refuses. */
export async function moveTask(ports: TaskPorts, id: string, command: TaskCommand): Promise<Move> {
  const moves = await transact(ports.db(), (trx) => moveTasksIn(trx, ports, [{ id, command }]));
  noteMoves(ports, moves);
  const [move] = moves as [Move];
  if (move.refusal !== undefined) throw move.refusal;
  return move;
}

/**
 * Moves tasks inside a transaction of the caller, who calls `noteMoves` after its commit. All moves of a transaction are given at once, and
 * nothing but the commit comes after: events take the lock of the sequencer. Moves of the same task follow each other. A move may be refused
 * although something is kept of it (`refusal`): to be thrown, where somebody asked for it, after the commit.
 */
export async function moveTasksIn(
  trx: Transaction<Database>,
  ports: TaskPorts,
  moves: readonly { readonly id: string; readonly command: TaskCommand }[],
): Promise<readonly Move[]> {
  if (moves.length === 0) return [];
  const locked = await lockTasks(trx, [...new Set(moves.map(({ id }) => id))]);
  const context = { nowAt: toHeldTime(ports) ?? locked.nowAt, patienceMs: ports.config().tasks.patienceMs };
  const tasks = new Map(locked.tasks);
  const decided = moves.map(({ id, command }): Move => {
    const before = tasks.get(id);
    if (before === undefined) throw new FettleError('not_found', `There is no task with the id ${id}.`);
    const decision = decide(before, command, context);
    const task = command.kind === 'heartbeat' ? toHeard(decision.task) : decision.task;
    tasks.set(id, task);
    return { ...decision, task, before, nowAt: context.nowAt };
  });
  await saveTasks(trx, toChanges(decided), context.nowAt);
  await announceMoves(trx, ports, decided);
  return decided;
}

/** With a heartbeat the holder is given all that it has not heard. */
function toHeard(task: Task): Task {
  return task.heardThrough === task.lastEntry ? task : { ...task, heardThrough: task.lastEntry };
}

/** To be called after the commit of moves. */
export function noteMoves(ports: TaskPorts, moves: readonly Move[]): void {
  if (moves.every(({ before, task }) => before.revision === task.revision)) return;
  for (const move of moves) {
    const day = announcedOn.get(move);
    if (day !== undefined) readyDays.set(ports.db, day);
  }
  for (const { before, task, leaseEnded } of moves) {
    if (leaseEnded !== null && before.agent !== null) ports.observer.leaseEnded(before.agent, leaseEnded);
    if (task.finishedAt !== null && before.finishedAt === null && before.round > 0) {
      const sinceAt = before.queuedAt ?? before.claimedAt ?? before.createdAt;
      const seconds = (Date.parse(task.finishedAt) - Date.parse(sinceAt)) / 1_000;
      ports.observer.finished(task.state, before.agent ?? task.agent, Math.max(seconds, 0));
    }
  }
  ports.onCommitted();
}

/** Finds or makes the task of a subject and opens it. Of two who open the same one makes the row. */
export async function openTask(
  ports: TaskPorts,
  subject: TaskSubject,
  command: TaskCommand & { readonly kind: 'open' },
): Promise<Move> {
  const moves = await transact(ports.db(), (trx) => openTaskIn(trx, ports, subject, command));
  noteMoves(ports, moves);
  return moves[0] as Move;
}

/** The same inside a transaction of the caller, as `moveTasksIn`. */
export async function openTaskIn(
  trx: Transaction<Database>,
  ports: TaskPorts,
  subject: TaskSubject,
  command: TaskCommand & { readonly kind: 'open' },
): Promise<readonly Move[]> {
  const nowAt = toHeldTime(ports) ?? (await readNow(trx));
  const id = await ensureTask(trx, createUnopened(subject, command, nowAt));
  return await moveTasksIn(trx, ports, [{ id, command }]);
}

/** A task before its first round: nobody sees it, since it is opened by the transaction that makes it. */
function createUnopened(
  subject: TaskSubject,
  { facts, options, priority }: TaskCommand & { readonly kind: 'open' },
  nowAt: string,
): Task {
  return {
    ...subject,
    ...facts,
    id: createId(),
    reasons: [],
    round: 0,
    state: 'blocked',
    reason: null,
    closed: null,
    quarantinedBy: null,
    approvedBy: null,
    priority,
    estimate: null,
    difficulty: null,
    understood: null,
    dependents: 0,
    blockers: 0,
    options,
    chosenAgent: null,
    chosenBecause: null,
    chosenUntil: null,
    attempt: 0,
    fence: 0,
    agent: null,
    principal: null,
    leaseHash: null,
    leaseUntil: null,
    claimedAt: null,
    percent: null,
    note: null,
    question: null,
    handover: null,
    submitted: null,
    verdicts: null,
    result: null,
    lastEntry: 0,
    heardThrough: 0,
    revision: 0,
    createdAt: nowAt,
    updatedAt: nowAt,
    queuedAt: null,
    finishedAt: null,
  };
}

/** What is to be saved of moves: each task once, as it is in the end. */
function toChanges(moves: readonly Move[]): TaskChange[] {
  const changes = new Map<string, TaskChange>();
  for (const { before, task, entries, leaseEnded } of moves) {
    if (task === before) continue;
    const earlier = changes.get(task.id);
    const fence = before.leaseUntil === null ? null : before.fence;
    changes.set(task.id, {
      before: earlier?.before ?? before,
      task,
      entries: [...(earlier?.entries ?? []), ...entries.map((entry) => ({ ...entry, fence }))],
      leasesEnded: [
        ...(earlier?.leasesEnded ?? []),
        ...(leaseEnded === null ? [] : [{ fence: before.fence, how: leaseEnded }]),
      ],
    });
  }
  return [...changes.values()];
}

/** Inserts the events of moves and the runs that follow from them; the last statements before commit. */
export async function announceMoves(
  trx: Transaction<Database>,
  ports: TaskPorts,
  moves: readonly Move[],
): Promise<void> {
  const atIso = toIsoTime(ports.clock());
  const config = ports.config();
  const planned = moves.map(({ before, task, events, follow }) => {
    const agent = task.agent ?? before.agent;
    const caused = events.flatMap((type) => {
      const event = toTaskEvent(type, task, { config, agent, atIso });
      if (event === undefined) return [];
      const { runs, raised, matched } = ports.planRuns(event);
      const rows = [toTaskEventRow(event, matched), ...raised.map((one) => toTaskEventRow(one, null))];
      return [{ event, runs, rows }];
    });
    // A forge that is not configured any more cannot be told anything.
    const followed = config.forges[task.forge] === undefined ? [] : follow;
    const own = followed.map((one, position) => toFollowUpRun(one, task, { event: caused[0]?.event, atIso, position }));
    return { events: caused.flatMap(({ rows }) => rows), runs: [...own, ...caused.flatMap(({ runs }) => runs)] };
  });
  const events = planned.flatMap((one) => one.events);
  if (events.length > 0) {
    await ensureWeek(trx, ports, atIso);
    for (const move of moves) announcedOn.set(move, atIso.slice(0, 10));
  }
  await insertRuns(
    trx,
    planned.flatMap(({ runs }) => runs),
  );
  if (events.length > 0) await insertEvents(trx, events);
}

/** The day up to whose morrow the partitions of events are known to be there. */
const readyDays = new WeakMap<GetDatabase, string>();
/** The day on which moves were announced by events; what was made ready for these counts once it is committed. */
const announcedOn = new WeakMap<Move, string>();
const DAY_MS = 86_400_000;

async function ensureWeek(trx: Transaction<Database>, { db }: TaskPorts, atIso: string): Promise<void> {
  if (readyDays.get(db) === atIso.slice(0, 10)) return;
  await ensurePartitions(trx, new Date(atIso), new Date(Date.parse(atIso) + DAY_MS));
}
