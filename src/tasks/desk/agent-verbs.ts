import type { Transaction } from 'kysely';
import { FettleError } from '../../core/errors.ts';
import type { Database } from '../../store/schema.ts';
import { listNews, saveHeardThrough } from '../../store/task-entries.ts';
import { saveAnswer } from '../../store/task-requests.ts';
import { findTask } from '../../store/tasks.ts';
import type { Task, TaskResult } from '../contract.ts';
import type { Caller, TaskDesk } from '../desk-contract.ts';
import { toLeaseHash } from '../lease-token.ts';
import type { LeaseProof, TaskCommand } from '../machine/contract.ts';
import { type Move, moveTasksIn, type TaskPorts } from '../move.ts';
import { type HeartbeatAnswer, type HeartbeatRequest, MAX_RESULT_BYTES, type Moved } from '../shapes.ts';
import type { Bell } from './bell.ts';
import { type Done, doOnce, toRequestKey } from './idempotency.ts';
import type { Sightings } from './sightings.ts';
import { toMoved, toVerdicts } from './views.ts';
import { ensureVisible } from './visibility.ts';

/** What whoever holds a task says about it. */

export interface AgentVerbPorts {
  readonly ports: TaskPorts;
  readonly bell: Bell;
  readonly sightings: Sightings;
}

/** How long the answer to a completion waits for its gates. */
const VERDICT_MS = 5_000;
const LOOK_MS = 500;

export function createAgentVerbs({
  ports,
  bell,
  sightings,
}: AgentVerbPorts): Pick<TaskDesk, 'heartbeat' | 'ask' | 'complete' | 'fail' | 'release'> {
  /** Moves one task for a caller, once for a key. */
  const move = async <A>(
    id: string,
    asked: { readonly verb: string; readonly request: unknown; readonly command: TaskCommand },
    caller: Caller,
    answer: (move: Move, trx: Transaction<Database>) => A | Promise<A>,
  ): Promise<Done<A>> => {
    await ensureVisible(ports, id, caller);
    const done = await doOnce<A>(ports, caller, [asked.verb, id, asked.request], async (trx) => {
      const moves = await moveTasksIn(trx, ports, [{ id, command: asked.command }]);
      return { moves, answer: await answer(moves[0] as Move, trx) };
    });
    const agent = done?.moves[0]?.before.agent ?? null;
    if (agent !== null) await sightings.note(agent);
    return done as Done<A>;
  };
  const toAnswer = ({ task }: Move): Moved => toMoved(task);

  return {
    async heartbeat(id, request, caller) {
      const { lease: _lease, after: _after, ...said } = request;
      const command = { kind: 'heartbeat', lease: toProof(request, caller), ...said } as const;
      const { answer } = await move(id, { verb: 'heartbeat', request, command }, caller, (made, trx) =>
        toHeartbeat(made, request, trx),
      );
      return answer;
    },
    async ask(id, request, caller) {
      const command = { kind: 'ask', lease: toProof(request, caller), question: request.question } as const;
      return (await move(id, { verb: 'ask', request, command }, caller, toAnswer)).answer;
    },
    async complete(id, request, caller) {
      ensureSize(request.result);
      const result: TaskResult = withoutAbsent(request.result);
      const command = { kind: 'complete', lease: toProof(request, caller), result } as const;
      const { answer, moves } = await move(id, { verb: 'complete', request, command }, caller, toAnswer);
      const [made] = moves;
      if (made === undefined || !isUnchecked(made.task)) return answer;
      const judged = await waitForVerdict(made.task, caller.signal);
      const key = toRequestKey(caller);
      if (key !== undefined) await saveAnswer(ports.db(), key, toMoved(judged));
      return toMoved(judged);
    },
    async fail(id, request, caller) {
      const { error, retryable } = request;
      const command = { kind: 'fail', lease: toProof(request, caller), error, retryable } as const;
      return (await move(id, { verb: 'fail', request, command }, caller, toAnswer)).answer;
    },
    async release(id, request, caller) {
      const command = { kind: 'release', lease: toProof(request, caller), handover: request.handover } as const;
      return (await move(id, { verb: 'release', request, command }, caller, toAnswer)).answer;
    },
  };

  /** The task once its gates were looked at for the first time, or as it is when that takes too long. */
  async function waitForVerdict(submitted: Task, signal: AbortSignal): Promise<Task> {
    const endMs = performance.now() + VERDICT_MS;
    let task = submitted;
    while (isSameSubmission(task, submitted) && !signal.aborted) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) break;
      await bell.next(Math.min(leftMs, LOOK_MS), signal);
      task = (await findTask(ports.db(), submitted.id)) ?? task;
    }
    return task;
  }
}

function toProof({ lease }: { readonly lease: string }, { principal }: Caller): LeaseProof {
  return { hash: toLeaseHash(lease), principal: principal.name };
}

async function toHeartbeat(
  { task, before, nowAt }: Move,
  request: HeartbeatRequest,
  trx: Transaction<Database>,
): Promise<HeartbeatAnswer> {
  const events = await listNews(trx, task.id, Math.min(request.after ?? before.heardThrough, task.lastEntry));
  // What did not fit is news the next time.
  const heard = events.isCut ? (events.news.at(-1)?.number ?? task.lastEntry) : task.lastEntry;
  if (heard !== task.heardThrough) await saveHeardThrough(trx, task.id, heard);
  const expiresAt = task.leaseUntil ?? nowAt;
  return {
    expiresAt,
    ttlSeconds: Math.max(Math.floor((Date.parse(expiresAt) - Date.parse(nowAt)) / 1_000), 0),
    state: task.state,
    cancelRequested: task.state === 'cancelled',
    verdicts: toVerdicts(task),
    events: events.news,
    next: heard,
  };
}

/** @throws FettleError `body_too_large`; the lease stays as it is. */
function ensureSize(result: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  if (bytes > MAX_RESULT_BYTES)
    throw new FettleError(
      'body_too_large',
      `The result is ${bytes} bytes long, and ${MAX_RESULT_BYTES} are the most. You still hold the task: put what is large into the repository and say where it is.`,
    );
}

function withoutAbsent(result: unknown): TaskResult {
  return JSON.parse(JSON.stringify(result)) as TaskResult;
}

/** Whether it is handed in and no gate was looked at yet. */
function isUnchecked(task: Task): boolean {
  return task.state === 'leased' && task.submitted !== null && (task.verdicts ?? []).length > 0;
}

function isSameSubmission(task: Task, submitted: Task): boolean {
  return (
    task.fence === submitted.fence &&
    isUnchecked(task) &&
    JSON.stringify(task.verdicts) === JSON.stringify(submitted.verdicts)
  );
}
