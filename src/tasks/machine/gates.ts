import type { GateVerdict, Task, TaskResult } from '../contract.ts';
import type { DecideContext, Decision } from './contract.ts';
import { type Command, toChanged, toEntry, toUnchanged } from './decision.ts';
import { toAccepted, toNextAttempt } from './endings.ts';
import { extendLease, isHeld } from './lease.ts';
import { isSameJson } from './same.ts';

/** What the gates say about what was handed in; its holder may be gone meanwhile. */
export function judge(task: Task, command: Command<'judge'>, context: DecideContext): Decision {
  const { submitted } = task;
  const isChecked = task.state === 'leased' || task.state === 'blocked';
  if (!isChecked || submitted === null || command.fence !== task.fence) return toUnchanged(task);
  const { verdicts } = command;
  if (verdicts.some(({ state }) => state === 'rejected')) return reject(task, verdicts, context);
  if (verdicts.some(({ state }) => state === 'pending'))
    return isSameJson(task.verdicts, verdicts)
      ? toUnchanged(task)
      : toChanged(task, { ...task, verdicts }, context.nowAt, { entries: [] });
  return pass(task, submitted, verdicts, context.nowAt);
}

function pass(task: Task, submitted: TaskResult, verdicts: readonly GateVerdict[], nowAt: string): Decision {
  const after = toAccepted({ ...task, verdicts }, submitted, nowAt);
  const passed = toEntry('passed', 'fettle', { verdicts });
  return toChanged(task, after, nowAt, {
    entries: after.state === 'succeeded' ? [passed, toEntry('succeeded', task.agent, { result: submitted })] : [passed],
    leaseEnded: task.leaseUntil === null ? null : 'completed',
  });
}

/** The holder goes on with the reasons; when it is gone, the next one does. */
function reject(task: Task, verdicts: readonly GateVerdict[], context: DecideContext): Decision {
  const { nowAt } = context;
  const entries = [toEntry('rejected', 'fettle', { verdicts }, { isNews: true })];
  const rejected: Task = { ...task, submitted: null, verdicts };
  if (isHeld(task, nowAt))
    return toChanged(task, extendLease(rejected, nowAt), nowAt, { entries, events: ['task.rejected'] });
  const why = `What ${task.agent} handed in did not pass.`;
  const after = toNextAttempt(task, { ...rejected, handover: toHandover(verdicts) }, context, why);
  return toChanged(task, after, nowAt, {
    entries,
    events: ['task.rejected'],
    leaseEnded: task.leaseUntil === null ? null : 'expired',
  });
}

function toHandover(verdicts: readonly GateVerdict[]): string {
  const lines = verdicts.filter(({ state }) => state === 'rejected').map(({ gate, detail }) => `- ${gate}: ${detail}`);
  return ['What was handed in before did not pass:', ...lines].join('\n');
}
