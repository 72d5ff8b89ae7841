import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { type Clock, toIsoTime } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { findNextDueAt } from '../../store/run-claims.ts';
import { countRuns } from '../../store/run-counts.ts';
import { findRun, type RunDetails } from '../../store/run-details.ts';
import { listRuns } from '../../store/run-list.ts';
import { cancelRuns, redriveRuns } from '../../store/run-steering.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal, requireAllRepositories } from '../access/route-access.ts';
import { RunQuery, toRunFilter } from './run-query.ts';
import { RunDetailsShape, RunStateShape, RunSummaryShape, toRunDetailsShape, toRunSummaryShape } from './run-shapes.ts';
import { Time, withProblems } from './shapes.ts';

export interface RunPorts {
  readonly getDb: GetDatabase;
  readonly clock: Clock;
  /** Tells the workers of this process that runs became due; without it they notice within a second. */
  readonly onRunsDue?: (() => void) | undefined;
}

const Key = z.object({ id: z.uuid() });

export const CancelReason = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .optional()
  .describe('Kept with the run; default who cancelled it.');

/** Runs: what rules set off, and what a person does to a single one. */
export function registerRunRoutes(instance: FastifyInstance, { getDb, clock, onRunsDue }: RunPorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/runs',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Runs, newest first. A page may be short and still not be the last: go on while `next` is set.',
        tags: ['runs'],
        querystring: RunQuery,
        response: withProblems({
          200: z.object({
            runs: z.array(RunSummaryShape),
            next: z.number().int().nullable().describe('`before` of the next page.'),
          }),
        }),
      },
    },
    async (request) => {
      const { before, limit, ...filters } = request.query;
      const page = await listRuns(getDb(), toRunFilter(filters, getPrincipal(request)), { before, limit });
      return { runs: page.runs.map(toRunSummaryShape), next: page.next };
    },
  );

  app.get(
    '/api/v1/runs/counts',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'How many runs still need something, by state and action, and since when the oldest has been due.',
        tags: ['runs'],
        response: withProblems({
          200: z.object({
            counts: z
              .array(z.object({ state: RunStateShape, action: z.string(), runs: z.number().int() }))
              .readonly()
              .describe('Queued, running, waiting, failed and dead; at most 100,000 of each state are counted.'),
            oldestDueAt: Time.nullable().describe('Null when no run is due.'),
          }),
        }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const dueAt = await findNextDueAt(getDb());
      const isDue = dueAt !== undefined && dueAt.getTime() <= clock();
      return { counts: await countRuns(getDb()), oldestDueAt: isDue ? dueAt.toISOString() : null };
    },
  );

  app.get(
    '/api/v1/runs/:id',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'A run with its steps, its attempts, why it is as it is and what to do next.',
        tags: ['runs'],
        params: Key,
        response: withProblems({ 200: RunDetailsShape }),
      },
    },
    async (request) => toRunDetailsShape(await getVisibleRun(request, request.params.id)),
  );

  app.post(
    '/api/v1/runs/:id/cancel',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Cancel a run that is not over. For one whose outcome is unknown: the effect was made.',
        tags: ['runs'],
        params: Key,
        body: z.strictObject({ reason: CancelReason }).nullish(),
        response: withProblems({ 200: RunDetailsShape }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const run = await getVisibleRun(request, id);
      const reason = toCancelReason(request, request.body?.reason);
      const changed = await cancelRuns(getDb(), [id], { reason, nowAt: toIsoTime(clock()) });
      if (changed.length === 0) throw toNotMovable(run, 'cancelled', 'queued, running, waiting or failed');
      request.log.info({ run: id, principal: getPrincipal(request).name }, 'run.cancelled');
      return toRunDetailsShape(await getVisibleRun(request, id));
    },
  );

  app.post(
    '/api/v1/runs/:id/redrive',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Get a run going again, with all attempts before it. For one whose outcome is unknown: send again.',
        description: 'Finished steps are remembered. A breaker that stands in its way is closed.',
        tags: ['runs'],
        params: Key,
        body: z.strictObject({}).nullish(),
        response: withProblems({ 200: RunDetailsShape }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const run = await getVisibleRun(request, id);
      const changed = await redriveRuns(getDb(), [id], { nowAt: toIsoTime(clock()) });
      if (changed.length === 0) throw toNotMovable(run, 'redriven', 'dead, cancelled, waiting or failed');
      request.log.info({ run: id, principal: getPrincipal(request).name }, 'run.redriven');
      onRunsDue?.();
      return toRunDetailsShape(await getVisibleRun(request, id));
    },
  );

  async function getVisibleRun(request: FastifyRequest, id: string): Promise<RunDetails> {
    const run = await findRun(getDb(), id);
    if (run !== undefined && createRepositoryFilter(getPrincipal(request).scopes)(run.repo)) return run;
    throw new FettleError(
      'not_found',
      'No such run is known. It may be older than the retention or outside your scopes.',
    );
  }
}

/** What is kept with a cancelled run. */
export function toCancelReason(request: FastifyRequest, reason: string | undefined): string {
  return reason ?? `Cancelled by ${getPrincipal(request).name}.`;
}

function toNotMovable(run: RunDetails, verb: string, states: string): FettleError {
  const isEmpty = run.input === null && verb === 'redriven';
  return new FettleError(
    'run_not_movable',
    isEmpty
      ? 'This run has nothing to send, since its input could not be rendered. Correct the rule, then replay the event with --redrive.'
      : `This run is ${run.state}; only one that is ${states} can be ${verb}.`,
  );
}
