import { z } from 'zod';
import type { RunDetails } from '../../store/run-details.ts';
import type { RunSummary } from '../../store/run-list.ts';
import { toAdvice } from './run-advice.ts';
import { Time } from './shapes.ts';

export const RUN_STATES = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'unchanged',
  'skipped',
  'failed',
  'dead',
  'cancelled',
] as const;

export const RunStateShape = z
  .enum(RUN_STATES)
  .describe(
    '`failed` is tried again by itself; `dead` is not until somebody redrives it; `waiting` says why in `reason`.',
  );

/** A run in lists. */
export const RunSummaryShape = z.object({
  id: z.uuid(),
  ordinal: z.number().int().describe('Place in the order of insertion; the cursor of lists.'),
  createdAt: Time,
  origin: z.enum(['event', 'schedule', 'replay', 'manual']),
  eventId: z.uuid().nullable(),
  deliveryId: z.uuid().nullable().describe('Our id of the delivery in whose books it is.'),
  rule: z.string(),
  ruleSource: z.string().nullable().describe('The repository whose own file holds the rule; null for the hub’s.'),
  action: z.string(),
  position: z.number().int().describe('Place in the `do` of the rule, from 0.'),
  chain: z.uuid().describe('Shared by the runs that one event and one rule made.'),
  afterRun: z.uuid().nullable().describe('The run that must end well before this one begins.'),
  forge: z.string().nullable(),
  repo: z.string().nullable(),
  subject: z.string().nullable(),
  number: z.number().int().nullable(),
  destination: z.string().describe('Where the effect goes.'),
  state: RunStateShape,
  reason: z.string().nullable().describe('Why it waits, failed, was skipped, is dead or was cancelled.'),
  code: z.string().nullable().describe('Error code behind `reason`.'),
  nextAt: Time.nullable().describe('When it is due; null when it is over or waits for something else than time.'),
  attempt: z.number().int().describe('Attempts begun.'),
  startedAt: Time.nullable().describe('When the last attempt began.'),
  finishedAt: Time.nullable(),
});

/** Times within were written by the engine. */
const StepShape = z.object({
  name: z.string(),
  attempt: z.number().int(),
  startedAt: z.string(),
  finishedAt: z.string().nullable().describe('Null when it did not finish.'),
  output: z.unknown().optional().describe('What it gave; a later attempt takes it instead of doing the step again.'),
  error: z.string().optional(),
  log: z.array(z.string()).readonly().optional(),
});

const AttemptShape = z.object({
  number: z.number().int(),
  startedAt: z.string(),
  finishedAt: z.string(),
  state: RunStateShape.describe('The state it ended in.'),
  code: z.string().optional(),
  detail: z.string().optional(),
});

export const ChainRunShape = z.object({
  id: z.uuid(),
  action: z.string(),
  position: z.number().int(),
  state: RunStateShape,
});

/** A run with everything that is known about it. */
export const RunDetailsShape = RunSummaryShape.extend({
  advice: z.string().nullable().describe('What to do next; null when there is nothing to do.'),
  orderKey: z.string().nullable().describe('Runs with the same key keep their order.'),
  credential: z.string().nullable().describe('Whose key opens the other side.'),
  input: z
    .unknown()
    .describe('As rendered when the rule matched, secrets as references; null when it could not be rendered.'),
  options: z.object({
    retryForMs: z.number().nullable(),
    maxAttempts: z.number().nullable(),
    timeoutMs: z.number().nullable(),
    onUnknown: z.enum(['resend', 'stop']),
  }),
  priority: z.number().int(),
  hops: z.number().int().describe('How many of Fettle’s own effects led here.'),
  firstAttemptAt: Time.nullable(),
  steps: z.array(StepShape).readonly(),
  attempts: z.array(AttemptShape).readonly().describe('The last 50.'),
  calls: z.record(z.string(), z.number().int()).describe('API calls spent, by credential.'),
  result: z.unknown().describe('What the action said at its end.'),
  event: z
    .object({ id: z.uuid(), seq: z.number().int(), type: z.string() })
    .nullable()
    .describe('The event behind it; null when there is none, or retention dropped it.'),
  delivery: z
    .object({ forge: z.string(), deliveryId: z.string() })
    .nullable()
    .describe('The delivery behind it, as in /api/v1/deliveries/<forge>/<deliveryId>.'),
  chainRuns: z.array(ChainRunShape).readonly().describe('The runs that the same event and rule made, in order.'),
});

export function toRunSummaryShape(run: RunSummary): z.infer<typeof RunSummaryShape> {
  return {
    ...run,
    createdAt: run.createdAt.toISOString(),
    nextAt: run.nextAt?.toISOString() ?? null,
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

export function toRunDetailsShape(run: RunDetails): z.infer<typeof RunDetailsShape> {
  return {
    ...run,
    ...toRunSummaryShape(run),
    advice: toAdvice(run),
    firstAttemptAt: run.firstAttemptAt?.toISOString() ?? null,
    calls: { ...run.calls },
  };
}
