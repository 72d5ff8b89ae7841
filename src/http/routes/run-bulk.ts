import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { toIsoTime } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { listRuns, type RunFilter } from '../../store/run-list.ts';
import { cancelRuns, redriveRuns } from '../../store/run-steering.ts';
import type { RunState } from '../../store/run-tables.ts';
import type { Database } from '../../store/schema.ts';
import { getPrincipal } from '../access/route-access.ts';
import { hasCondition, RunSelection, toRunFilter } from './run-query.ts';
import { CancelReason, type RunPorts, toCancelReason } from './runs.ts';
import { withProblems } from './shapes.ts';

const MOST_AT_ONCE = 10_000;
/** Runs changed by one transaction, so that nobody waits long for the one embedded connection. */
const BATCH = 500;
const PAGE = 1_000;

const Counts = z.object({
  matched: z.number().int().describe('Runs that the filter takes, at most 10,000.'),
  changed: z.number().int().describe('Runs that were changed; 0 for a dry run.'),
  more: z.boolean().describe('There are further ones: ask again.'),
});

/** What a person does to many runs at once. */
export function registerRunBulkRoutes(instance: FastifyInstance, { getDb, clock, onRunsDue }: RunPorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.post(
    '/api/v1/runs/redrive',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Get all runs of a filter going again, at most 10,000 at once.',
        description:
          'At least one filter must be given. Without `state` only dead runs are meant. A run whose outcome is unknown, which is `waiting`, would be sent again.',
        tags: ['runs'],
        body: RunSelection,
        response: withProblems({ 200: Counts }),
      },
    },
    async (request) => {
      const { dryRun, ...filters } = request.body;
      const filter = toBulkFilter(request, filters, ['dead'], ['dead', 'cancelled', 'waiting', 'failed']);
      const { ids, more } = await collect(getDb(), filter);
      const changed = await inBatches(dryRun ? [] : ids, (batch) =>
        redriveRuns(getDb(), batch, { nowAt: toIsoTime(clock()) }),
      );
      if (changed > 0) {
        request.log.info({ runs: changed, filters, principal: getPrincipal(request).name }, 'runs.redriven');
        onRunsDue?.();
      }
      return { matched: ids.length, changed, more };
    },
  );

  app.post(
    '/api/v1/runs/cancel',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Cancel all runs of a filter that are not over, at most 10,000 at once.',
        description: 'At least one filter must be given. Without `state` all that are not over are meant.',
        tags: ['runs'],
        body: RunSelection.extend({ reason: CancelReason }),
        response: withProblems({ 200: Counts }),
      },
    },
    async (request) => {
      const { dryRun, reason: given, ...filters } = request.body;
      const open = ['queued', 'running', 'waiting', 'failed'] as const;
      const filter = toBulkFilter(request, filters, open, open);
      const { ids, more } = await collect(getDb(), filter);
      const reason = toCancelReason(request, given);
      const changed = await inBatches(dryRun ? [] : ids, (batch) =>
        cancelRuns(getDb(), batch, { reason, nowAt: toIsoTime(clock()) }),
      );
      if (changed > 0) {
        request.log.info({ runs: changed, filters, principal: getPrincipal(request).name }, 'runs.cancelled');
      }
      return { matched: ids.length, changed, more };
    },
  );
}

function toBulkFilter(
  request: FastifyRequest,
  filters: Parameters<typeof toRunFilter>[0],
  usual: readonly RunState[],
  movable: readonly RunState[],
): RunFilter {
  const filter = toRunFilter(filters, getPrincipal(request));
  if (!hasCondition(filter)) {
    throw new FettleError('invalid_request', 'Say which runs are meant: at least one filter, such as state or action.');
  }
  const wrong = filter.states.filter((state) => !movable.includes(state));
  if (wrong.length > 0) {
    throw new FettleError(
      'invalid_request',
      `The parameter state cannot be used: runs that are ${wrong.join(' or ')} stay as they are. Possible are ${movable.join(', ')}.`,
    );
  }
  return filter.states.length > 0 ? filter : { ...filter, states: usual };
}

/** Oldest first, so that what is cut off is the newest. */
async function collect(db: Kysely<Database>, filter: RunFilter): Promise<{ ids: string[]; more: boolean }> {
  const ids: string[] = [];
  let before: number | undefined;
  while (ids.length < MOST_AT_ONCE) {
    const page = await listRuns(db, filter, { before, limit: Math.min(PAGE, MOST_AT_ONCE - ids.length) });
    ids.push(...page.runs.map(({ id }) => id));
    if (page.next === null) return { ids: ids.toReversed(), more: false };
    before = page.next;
  }
  return { ids: ids.toReversed(), more: (await listRuns(db, filter, { before, limit: 1 })).runs.length > 0 };
}

async function inBatches(
  ids: readonly string[],
  change: (ids: readonly string[]) => Promise<string[]>,
): Promise<number> {
  let changed = 0;
  for (let start = 0; start < ids.length; start += BATCH) {
    changed += (await change(ids.slice(start, start + BATCH))).length;
  }
  return changed;
}
