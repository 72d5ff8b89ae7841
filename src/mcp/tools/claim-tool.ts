import { z } from 'zod';
import {
  BundleShape,
  type Claimed,
  ClaimRequest,
  LeaseShape,
  MAX_WAIT_SECONDS,
  TaskSummaryShape,
} from '../../tasks/shapes.ts';
import { toBounded } from '../bounded.ts';
import { withLatestTalk } from '../latest.ts';
import { defineTool, IDEMPOTENCY_KEY } from './definition.ts';

export const claimTask = defineTool({
  name: 'claim_task',
  title: 'Claim a task',
  description: `Gives you the next task that fits you, and a lease on it: nobody else gets it while you send heartbeats. Answers with \`task\` null when there is none; with \`wait\` it waits up to ${MAX_WAIT_SECONDS} seconds for one. Work on one task at a time unless you were told otherwise.`,
  writes: true,
  input: z.strictObject({ ...ClaimRequest.shape, ...IDEMPOTENCY_KEY }),
  output: z.object({
    task: TaskSummaryShape.nullable().describe('Null when there is no work.'),
    lease: LeaseShape.nullable(),
    context: BundleShape.nullable().describe('What you need to do it.'),
  }),
  async run(desk, { idempotency_key: idempotencyKey, ...request }, call) {
    const claimed = await desk.claim(request, { ...call, idempotencyKey });
    if (claimed === undefined) {
      const text = `There is no task for you now. Call claim_task again with wait ${MAX_WAIT_SECONDS}, or stop if you were told to do what there is.`;
      return { text, value: { task: null, lease: null, context: null } };
    }
    const { task, lease, context } = claimed;
    return {
      text: toText(claimed),
      value: { task: toBounded(task), lease, context: toBounded(withLatestTalk(context)) },
    };
  },
});

function toText({ task, lease, context }: Claimed): string {
  const everySeconds = toHeartbeatSeconds(lease.ttlSeconds);
  return [
    `You hold task ${task.id} (attempt ${task.attempt + 1} of ${task.maxAttempts}). Keep \`lease.token\`; every call about this task needs it as \`lease\`.`,
    `Call heartbeat_task at least every ${everySeconds} seconds: the lease ends ${lease.ttlSeconds} seconds after the last one, and somebody else gets the task.`,
    ...(context.handover === null ? [] : ['Somebody worked on it before: read `context.handover` first.']),
    ...(context.gates.length === 0
      ? []
      : ['What `context.gates` lists is checked before your completion is believed.']),
    'If what you need to know is not there, call ask_human rather than guess.',
  ].join('\n');
}

/** How often a holder should send a heartbeat: three of them fit into a lease. */
export function toHeartbeatSeconds(ttlSeconds: number): number {
  return Math.max(1, Math.floor(ttlSeconds / 3));
}
