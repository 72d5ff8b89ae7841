import { z } from 'zod';
import { findMarker } from '../../core/marker.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { findTask } from '../../store/tasks.ts';
import type { HeardComment, Task } from '../../tasks/contract.ts';
import { moveTask } from '../../tasks/move.ts';
import { listOwnLogins } from '../../tasks/own-logins.ts';
import { toTaskRepository } from '../../tasks/task-repository.ts';
import { defineAction } from '../define-action.ts';
import { toTaskPorts } from './ports.ts';
import { findWritable, toTaskTarget } from './task-place.ts';

const input = z.strictObject({
  task: z.uuid().describe('Id of the task.'),
  comment: z
    .strictObject({
      id: z.string().nullable(),
      author: z.string(),
      body: z.string(),
      at: z.string(),
      url: z.string().nullable(),
      permission: z.enum(['none', 'read', 'write', 'admin']).optional(),
    })
    .describe('A comment that may answer the question.'),
});

/**
 * Who may answer a question: whoever asked for the task or opened the issue, since they know what they want; and whoever may write to the
 * repository. Fettle itself and bots never, or two of them would talk to each other for ever.
 */
export const taskHear = defineAction({
  name: 'task.hear',
  summary: 'Finds out whether a comment may answer the question of an agent, and gives it the answer.',
  input,
  examples: [
    {
      title: 'A comment',
      yaml: 'task.hear:\n  task: 0192e4a0-0000-7000-8000-000000000000\n  comment: { id: "5", author: ada, body: Yes., at: "2026-03-14T09:30:00Z", url: null }',
    },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: false,
  isInternal: true,
  target: ({ task }) => toTaskTarget('task.hear', task),
  async run(context, { task: id, comment: { permission: told, ...comment } }) {
    const task = await findTask(context.db(), id);
    if (task === undefined) return { state: 'skipped', summary: 'The task is not kept any more.' };
    if (task.state !== 'needs_input') return { state: 'skipped', summary: 'No question is open any more.' };
    const standing = await findStanding(context, task, { ...comment, permission: told });
    const ports = toTaskPorts(context);
    if ('permission' in standing) {
      const { permission } = standing;
      const { before, task: after } = await moveTask(ports, id, { kind: 'answer', comment, permission });
      if (before === after) return { state: 'unchanged', summary: 'No question is open any more.' };
      return { state: 'succeeded', summary: `${comment.author} answered, as ${permission}.` };
    }
    const { why } = standing;
    await moveTask(ports, id, {
      kind: 'news',
      what: 'not_an_answer',
      by: comment.author,
      data: { why, url: comment.url },
      isToBeRead: false,
    });
    return { state: 'succeeded', summary: `This is no answer: ${why}` };
  },
});

type Standing =
  /** As what the author may answer. */
  { readonly permission: 'requester' | 'author' | 'write' | 'admin' } | { readonly why: string };

async function findStanding(context: RunContext, task: Task, comment: HeardComment): Promise<Standing> {
  const login = comment.author.toLowerCase();
  if (login.endsWith('[bot]')) return { why: 'It was written by a bot.' };
  if (findMarker(comment.body) !== undefined) return { why: 'It carries a mark of Fettle.' };
  const settings = findWritable(context.config(), task.forge);
  const api = typeof settings === 'string' ? undefined : context.forge(task.forge);
  const accounts = context.config().forges[task.forge]?.accounts ?? [];
  const own =
    api === undefined
      ? new Set(accounts.map((account) => account.toLowerCase()))
      : await context.step('ask for the own account', async () => [...(await listOwnLogins(api, accounts))]);
  if ([...own].includes(login)) return { why: 'It was written by an account of Fettle.' };
  if (task.reasons.some(({ by, value }) => by === 'assignee' && value.toLowerCase() === login))
    return { why: 'It was written by the account that the task is assigned to.' };
  if (task.reasons.some(({ by, actor }) => isLogin(by) && actor?.toLowerCase() === login))
    return { permission: 'requester' };
  if (task.author?.toLowerCase() === login) return { permission: 'author' };
  if (comment.permission === 'write' || comment.permission === 'admin') return { permission: comment.permission };
  const repo = toTaskRepository(task);
  if (api === undefined || repo === null)
    return { why: 'The author did not ask for this task, and the forge cannot be asked what they may do.' };
  const permission = await api.findPermission(repo, { login: comment.author, bot: false });
  if (permission === 'write' || permission === 'admin') return { permission };
  if (permission === undefined)
    return { why: 'The author did not ask for this task, and the forge does not tell what they may do.' };
  return { why: 'The author neither asked for this task nor may write to the repository.' };
}

/** Whether the actor of a reason is an account on the forge that asked for it; that of `api` is the name of a token, which anybody could have. */
function isLogin(by: Task['reasons'][number]['by']): boolean {
  return by !== 'api' && by !== 'rule';
}
