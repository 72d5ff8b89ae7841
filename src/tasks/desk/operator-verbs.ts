import type { Transaction } from 'kysely';
import { createId } from '../../core/id.ts';
import { FettleError } from '../../core/errors.ts';
import {
  countDependents,
  listEdgesFrom,
  lockDependencies,
  markCycles,
  waiveEdges,
} from '../../store/task-dependencies.ts';
import type { Database } from '../../store/schema.ts';
import { findTaskByKey } from '../../store/tasks.ts';
import type { Task, TaskOptions } from '../contract.ts';
import { findBlockers, toPlace } from '../dependencies/blockers.ts';
import type { Caller, TaskDesk } from '../desk-contract.ts';
import { toBlockMoves } from '../follow/follow-batch.ts';
import type { TaskCommand } from '../machine/contract.ts';
import { moveTasksIn, openTaskIn, type TaskPorts, type TaskSubject, toHeldTime, toTaskKey } from '../move.ts';
import type { OpenRequest, TaskDetails, VerbRequest, WaiveRequest } from '../shapes.ts';
import { doOnce } from './idempotency.ts';
import { ensureVisible, getVisibleTask, isVisible } from './visibility.ts';

/** What people do with tasks. Each answers with the task as it then is. */

type GetDetails = (id: string, caller: Caller) => Promise<TaskDetails>;
type Verb = 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine';

export function createOperatorVerbs(ports: TaskPorts, getDetails: GetDetails): Pick<TaskDesk, Verb | 'open' | 'waive'> {
  const toVerb = (kind: Verb) => async (id: string, request: VerbRequest, caller: Caller) => {
    await ensureVisible(ports, id, caller);
    const command = { kind, by: caller.principal.name, note: request.note ?? null } as const;
    await doOnce(ports, caller, [kind, id, request], async (trx) => ({
      moves: await moveTasksIn(trx, ports, [{ id, command }]),
      answer: id,
    }));
    return await getDetails(id, caller);
  };

  return {
    approve: toVerb('approve'),
    reject: toVerb('reject'),
    cancel: toVerb('cancel'),
    requeue: toVerb('requeue'),
    quarantine: toVerb('quarantine'),
    async waive(id, request, caller) {
      const task = await getVisibleTask(ports, id, caller);
      const by = caller.principal.name;
      await doOnce(ports, caller, ['waive', id, request], async (trx) => ({
        moves: await moveTasksIn(trx, ports, await waive(trx, task, request, by)),
        answer: id,
      }));
      return await getDetails(id, caller);
    },
    async open(request, caller) {
      const subject = toSubject(ports, request, caller);
      const known = await findTaskByKey(ports.db(), subject.key);
      const title = request.title ?? known?.title ?? (request.number === undefined ? undefined : toTitle(subject));
      if (title === undefined)
        throw new FettleError(
          'invalid_request',
          'Work without a number needs a `title`, and a `body` that says what is to be done.',
        );
      const command: TaskCommand & { kind: 'open' } = {
        kind: 'open',
        reason: {
          by: 'api',
          value: '',
          actor: caller.principal.name,
          at: toHeldTime(ports) ?? new Date(ports.clock()).toISOString(),
        },
        options: toOptions(ports, request),
        priority: request.priority ?? 0,
        facts: {
          title,
          body: request.body ?? known?.body ?? '',
          url: known?.url ?? null,
          author: known?.author ?? null,
          labels: request.labels ?? known?.labels ?? [],
          repository: known?.repository ?? null,
        },
      };
      const done = await doOnce<string>(ports, caller, ['open', request], async (trx) => {
        const moves = await openTaskIn(trx, ports, subject, command);
        return { moves, answer: moves[0]?.task.id ?? '' };
      });
      return await getDetails(done?.answer ?? '', caller);
    },
  };
}

/** Waives edges, and gives the moves that tell the task, and others that were in a circle with it, what they still wait for. */
async function waive(
  trx: Transaction<Database>,
  task: Task,
  { on, note }: WaiveRequest,
  by: string,
): Promise<readonly { readonly id: string; readonly command: TaskCommand }[]> {
  const place = toPlace(task);
  await lockDependencies(trx);
  const edges = place === undefined ? [] : await listEdgesFrom(trx, [place]);
  const waived = place === undefined ? 0 : await waiveEdges(trx, place, on ?? null, by);
  if (waived === 0 && on !== undefined)
    throw new FettleError('not_found', `It does not wait for ${on.repo}#${on.number}.`);
  const changed = place === undefined ? [] : await markCycles(trx, task.forge, [place]);
  await countDependents(
    trx,
    edges.map(({ forge, onRepo, onNumber }) => ({ forge, repo: onRepo, number: onNumber })),
  );
  const others = (await toBlockMoves(trx, changed)).filter(({ id }) => id !== task.id);
  const blockers = await findBlockers(trx, task);
  return [...others, { id: task.id, command: { kind: 'waive', by, note: note ?? null, blockers } }];
}

/** @throws FettleError `invalid_request`; `not_found` for a repository outside the caller's. */
function toSubject(ports: TaskPorts, request: OpenRequest, caller: Caller): TaskSubject {
  const { forge, number, key } = request;
  const repo = request.repo ?? null;
  if (ports.config().forges[forge] === undefined)
    throw new FettleError('invalid_request', `No forge is called ${JSON.stringify(forge)} in the configuration.`);
  if (!isVisible(repo, caller))
    throw new FettleError('not_found', repo === null ? 'Name a repository.' : `There is no repository ${repo}.`);
  if (number === undefined) {
    const place = repo === null ? forge : `${forge}/${repo}`;
    // No repository of a forge has this sign in its name, so that it is the key of no issue.
    return { key: `${place}~${key ?? createId()}`, forge, repo, subject: null, number: null };
  }
  if (repo === null) throw new FettleError('invalid_request', 'A number needs the `repo` that it is in.');
  if (key !== undefined)
    throw new FettleError('invalid_request', 'Give a `number` or a `key`, not both: a number is the key of its task.');
  const subject = request.subject ?? 'issue';
  return { key: toTaskKey(forge, repo, subject, number), forge, repo, subject, number };
}

/** Until the forge told it. */
function toTitle({ repo, subject, number }: TaskSubject): string {
  return `${repo}${subject === 'pull' ? '!' : '#'}${number}`;
}

function toOptions(ports: TaskPorts, { agent }: OpenRequest): TaskOptions {
  const { maxAttempts, leaseMs } = ports.config().tasks;
  return { rule: null, agent: agent ?? null, skills: [], approval: 'none', gates: [], maxAttempts, leaseMs };
}
