import { z } from 'zod';
import { TASK_STATES } from '../../core/vocabulary.ts';
import { BundleShape, TaskDetailsShape, TaskSummaryShape } from '../../tasks/shapes.ts';
import { toBounded, toFitting } from '../bounded.ts';
import { withLatestEntries, withLatestTalk } from '../latest.ts';
import { defineTool, TASK_ID } from './definition.ts';

export const listTasks = defineTool({
  name: 'list_tasks',
  title: 'List tasks',
  description:
    'Lists tasks, newest first; without `states` those that can be claimed now. It reserves nothing: to get work, call claim_task, which picks the right task itself.',
  writes: false,
  input: z.strictObject({
    states: z.array(z.enum(TASK_STATES)).max(TASK_STATES.length).default(['queued']).describe('Empty is all.'),
    repos: z.array(z.string().min(1).max(300)).max(50).default([]).describe('Globs over full repository names.'),
    label: z.string().min(1).max(200).optional().describe('A label that it has.'),
    agent: z.string().min(1).max(100).optional().describe('Name of the agent that holds it.'),
    before: z.number().int().min(0).optional().describe('`next` of the page before.'),
    limit: z.number().int().min(1).max(50).default(20),
  }),
  output: z.object({
    tasks: z.array(TaskSummaryShape).readonly(),
    next: z.number().int().nullable().describe('`before` of the next page; null after the last.'),
  }),
  async run(desk, { states, repos, label, agent, before, limit }, call) {
    const filter = { states, label, agent, ...(repos.length === 0 ? {} : { repos }) };
    const page = await desk.list(filter, { before, limit }, call);
    const tasks = toFitting(page.tasks);
    const next = tasks.length < page.tasks.length ? (tasks.at(-1)?.ordinal ?? page.next) : page.next;
    const count = tasks.length === 1 ? 'One task.' : `${tasks.length} tasks.`;
    const more = next === null ? '' : ` There may be more: call again with before ${next}.`;
    return { text: `${count}${more}`, value: { tasks, next } };
  },
});

export const getTask = defineTool({
  name: 'get_task',
  title: 'Look at a task',
  description:
    'Tells all about one task: state, what was understood, what it waits for, its leases and journal. With `context` also what claim_task gave: text, comments, pull requests, suggested branch. Call it when you lost track of a task that you hold.',
  writes: false,
  input: z.strictObject({
    ...TASK_ID,
    context: z.boolean().default(false).describe('Fetch the context for working on it as well.'),
  }),
  output: z.object({ task: TaskDetailsShape, context: BundleShape.nullable() }),
  async run(desk, { id, context: isContextWanted }, call) {
    const task = await desk.get(id, call);
    const context = isContextWanted ? await desk.getContext(id, call) : null;
    const value = toBounded({
      task: withLatestEntries(task),
      context: context === null ? null : withLatestTalk(context),
    });
    return { text: `The task is in state ${task.state}.${toHolder(task)}`, value };
  },
});

function toHolder(task: { readonly agent: string | null; readonly expiresAt: string | null }): string {
  if (task.agent === null || task.expiresAt === null) return '';
  return ` ${task.agent} holds it until ${task.expiresAt}.`;
}
