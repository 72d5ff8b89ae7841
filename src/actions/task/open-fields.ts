import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { duration } from '../../config/shapes.ts';
import { TASK_FIELDS } from '../../config/task-fields.ts';
import { FettleError } from '../../core/errors.ts';
import type { TaskGate, TaskOptions } from '../../tasks/contract.ts';

/** What a rule says about the tasks that it opens, in the words of tasks. */

const OptionInput = z.strictObject(TASK_FIELDS);
type OptionInput = z.output<typeof OptionInput>;
const Lease = duration('10s', '1d');

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
    leaseMs: input.lease === undefined ? tasks.leaseMs : Lease.parse(input.lease),
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
