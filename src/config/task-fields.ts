import { z } from 'zod';
import { template } from './action-fields.ts';
import { duration, Text, textOrList } from './shapes.ts';

/** What may be said about tasks that are opened: by the action `task.open` and by the recipe that stands for it. */

const Skill = Text.max(60).transform((word) => word.toLowerCase());

const Gate = z.union([
  z.enum(['pull', 'checks', 'review']),
  z.strictObject({
    command: z
      .array(z.string().max(1000))
      .min(1)
      .max(50)
      .describe('Program and arguments; a program that `exec.programs` lists.'),
  }),
]);

/** A duration that stays text, because a recipe hands it on as it is written. */
const Lease = z
  .string()
  .refine((text) => duration('10s', '1d').safeParse(text).success)
  .meta({ title: 'a duration such as 30s, 10m, 12h or 90d, from 10s to 1d' });

export const TASK_FIELDS = {
  priority: template('Higher is claimed first: a whole number from -1000 to 1000; 0 without it.').optional(),
  priorities: z
    .record(Text, z.number().int().min(-1000).max(1000))
    .describe(
      'Priority by label, such as `{ urgent: 10 }`; the highest of those that it has counts instead of `priority`.',
    )
    .optional(),
  agent: template('Only this agent may take it.').optional(),
  skills: textOrList(Skill)
    .describe('Agents need all of these among their `capabilities`, besides the difficulty.')
    .optional(),
  approval: z
    .enum(['none', 'before', 'after', 'both'])
    .describe('Whether a person is to allow it to begin, or to look at what was done, or both; `none` without it.')
    .optional(),
  gates: z
    .array(Gate)
    .max(20)
    .describe(
      'What Fettle checks before it believes that the work is done: `pull` (a pull request is open), `checks` (its checks are green), `review` (it was approved), `{ command: [make, test] }` (a program ends well). Without it nothing.',
    )
    .optional(),
  maxAttempts: z
    .number()
    .int()
    .min(1)
    .max(100)
    .describe('How often it may fail or expire; without it `tasks.maxAttempts`.')
    .optional(),
  lease: Lease.describe('How long an agent holds it without a heartbeat; without it `tasks.lease`.').optional(),
};
