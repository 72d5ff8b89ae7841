import { z } from 'zod';
import type { RunContext } from '../../jobs/contract.ts';
import { findTask } from '../../store/tasks.ts';
import type { GateVerdict } from '../../tasks/contract.ts';
import { checkGates } from '../../tasks/gates/check-gates.ts';
import { moveTask } from '../../tasks/move.ts';
import { defineAction } from '../define-action.ts';
import { toTaskPorts } from './ports.ts';
import { COMMAND_TIMEOUT_MS, createCommandRunner } from './run-gate-command.ts';
import { findWritable, toTaskTarget } from './task-place.ts';

const input = z.strictObject({
  task: z.uuid().describe('Id of the task.'),
  fence: z.number().int().nonnegative().describe('Fence of the lease under which it was handed in.'),
});

/** What is pending is asked for again after half the time that it took so far: soon at first, seldom later. */
const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

export const taskVerify = defineAction({
  name: 'task.verify',
  summary:
    'Checks the gates of a task whose agent says that it is done, until all of them let it through or one does not.',
  input,
  examples: [
    {
      title: 'What was handed in under the third lease',
      yaml: 'task.verify: { task: 0192e4a0-0000-7000-8000-000000000000, fence: 3 }',
    },
  ],
  needs: [],
  idempotency: 'key',
  // Several programs may follow each other.
  timeoutMs: 4 * COMMAND_TIMEOUT_MS,
  concurrency: 4,
  allowedInRepository: false,
  isInternal: true,
  target: ({ task }) => toTaskTarget('task.verify', task),
  async run(context, { task: id, fence }) {
    const task = await findTask(context.db(), id);
    if (task === undefined) return { state: 'skipped', summary: 'The task is not kept any more.' };
    if (task.submitted === null || task.fence !== fence)
      return { state: 'skipped', summary: 'What was handed in under this lease is not to be checked any more.' };
    const nowMs = context.clock();
    const waitedMs = Math.max(nowMs - Date.parse(context.run.createdAt), 0);
    const verdicts = await checkGates(
      { task, result: task.submitted, waitedMs },
      {
        config: () => context.config(),
        forge: findForge(context, task.forge),
        runCommand: createCommandRunner(context),
      },
    );
    await moveTask(toTaskPorts(context), id, { kind: 'judge', fence, verdicts });
    const state = toCommonState(verdicts);
    const summary = toSummary(verdicts);
    if (state !== 'pending') return { state: 'succeeded', summary };
    const pauseMs = Math.min(Math.max(waitedMs / 2, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    return { state: 'later', atMs: nowMs + Math.round(pauseMs), summary };
  },
});

function findForge(context: RunContext, name: string) {
  return typeof findWritable(context.config(), name) === 'string' ? undefined : context.forge(name);
}

/** As the machine judges: one rejection is enough. */
function toCommonState(verdicts: readonly GateVerdict[]): GateVerdict['state'] {
  if (verdicts.some(({ state }) => state === 'rejected')) return 'rejected';
  return verdicts.some(({ state }) => state === 'pending') ? 'pending' : 'passed';
}

function toSummary(verdicts: readonly GateVerdict[]): string {
  return verdicts.length === 0
    ? 'There is nothing to check.'
    : verdicts
        .map(({ gate, state, detail }) => `${gate}: ${state}. ${detail}`)
        .join(' ')
        .slice(0, 2_000);
}
