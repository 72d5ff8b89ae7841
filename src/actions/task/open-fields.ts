import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { duration, Text, textOrList } from '../../config/shapes.ts';
import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import type { TaskGate, TaskOptions } from '../../tasks/contract.ts';

/** What a rule may say about the tasks that it opens; the recipe `coordinator` takes the same. */

const Capability = Text.max(60).transform((word) => word.toLowerCase());

const Gate = z.union([
  z.enum(['pull', 'checks', 'review']),
  z.strictObject({
    command: z
      .array(z.string().max(1000))
      .min(1)
      .max(50)
      .describe('Program and arguments; one that `exec.programs` lists.'),
  }),
]);

export const OPTION_FIELDS = {
  priority: template('Higher is claimed first: a whole number from -1000 to 1000; 0 without it.').optional(),
  priorities: z
    .record(Text, z.number().int().min(-1000).max(1000))
    .describe(
      'Priority by label, such as `{ urgent: 10 }`; the highest of those that it has counts instead of `priority`.',
    )
    .optional(),
  agent: template('Only this agent may take it.').optional(),
  skills: textOrList(Capability)
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
  lease: duration('10s', '1d')
    .describe('How long an agent holds it without a heartbeat; without it `tasks.lease`.')
    .optional(),
};

const OptionInput = z.strictObject(OPTION_FIELDS);
type OptionInput = z.output<typeof OptionInput>;

/** The options of a task that a rule opens. */
export function toTaskOptions(input: OptionInput, rule: string, { tasks }: Pick<Config, 'tasks'>): TaskOptions {
  return {
    rule,
    agent: input.agent?.trim() ?? null,
    skills: input.skills ?? [],
    approval: input.approval ?? 'none',
    gates: (input.gates ?? []).map((gate): TaskGate =>
      typeof gate === 'string' ? { kind: gate } : { kind: 'command', argv: gate.command },
    ),
    maxAttempts: input.maxAttempts ?? tasks.maxAttempts,
    leaseMs: input.lease ?? tasks.leaseMs,
  };
}

/** @throws FettleError `input_invalid` when the template came to something else than a priority. */
export function toPriority({ priority, priorities = {} }: OptionInput, labels: readonly string[]): number {
  const own = new Set(labels.map((label) => label.toLowerCase()));
  const byLabel = Object.entries(priorities).filter(([label]) => own.has(label.toLowerCase()));
  if (byLabel.length > 0) return Math.max(...byLabel.map(([, value]) => value));
  const text = priority?.trim() ?? '';
  if (text === '') return 0;
  if (!/^-?\d{1,4}$/.test(text) || Math.abs(Number(text)) > 1000)
    throw new FettleError(
      'input_invalid',
      `\`priority\` is ${JSON.stringify(text)}; it is a whole number from -1000 to 1000.`,
    );
  return Number(text);
}

/** The programs that gates run, which the rules of a repository must be allowed to. */
export function listPrograms({ gates = [] }: Pick<OptionInput, 'gates'>): string[] {
  return gates.flatMap((gate) => (typeof gate === 'string' ? [] : [`program:${gate.command[0] ?? ''}`]));
}
