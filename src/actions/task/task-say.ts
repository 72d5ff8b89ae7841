import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import { toRunKey } from '../../core/marker.ts';
import { defineAction } from '../define-action.ts';
import { toMarkedText } from '../forge/forge-text.ts';
import { toSaidText } from './said-text.ts';
import { findTaskPlace, toTaskTarget } from './task-place.ts';

const input = z.strictObject({
  task: z.uuid().describe('Id of the task.'),
  revision: z.number().int().nonnegative().describe('Which change of the task this is about.'),
  text: z.string().describe('What is said, in Markdown.'),
  mention: z.string().optional().describe('Login of who is to be notified.'),
});

export const taskSay = defineAction({
  name: 'task.say',
  summary:
    'Writes a comment that people are notified of: a question of an agent, or that nobody can go on with a task.',
  input,
  examples: [
    {
      title: 'A question',
      yaml: 'task.say: { task: 0192e4a0-0000-7000-8000-000000000000, revision: 7, text: Which branch?, mention: ada }',
    },
  ],
  needs: [],
  idempotency: 'marker',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: false,
  isInternal: true,
  // After the reports of the same task, so that both stand in the order in which they came.
  target: ({ task }) => toTaskTarget('task.report', task),
  async run(context, given) {
    const place = await findTaskPlace(context, given.task);
    if (typeof place === 'string') return { state: 'skipped', summary: place };
    const { api, kind, ref, where } = place;
    const { comments } = api;
    if (comments === undefined)
      return { state: 'skipped', summary: `Fettle cannot comment on the forge \`${place.task.forge}\`.` };
    const { run } = context;
    const body = toMarkedText(toSaidText(given.text, given.mention), { kind, run: run.id, hops: run.hops + 1 });
    try {
      const made = await context.step('write the comment', async () => {
        // An earlier attempt may have written it without hearing of it.
        const earlier = run.attempt > 1 ? await comments.findOwn(ref, toRunKey(run.id)) : undefined;
        if (earlier !== undefined) context.log('An earlier attempt had written it.');
        const { id, url } = earlier ?? (await comments.create(ref, body));
        return { id, url };
      });
      const rest = { data: { id: made.id }, ...(made.url === undefined ? {} : { url: made.url }) };
      return { state: 'succeeded', summary: `Commented on ${where}.`, ...rest };
    } catch (error) {
      if (error instanceof FettleError && error.code === 'upstream_refused')
        return { state: 'skipped', summary: error.message };
      throw error;
    }
  },
});
