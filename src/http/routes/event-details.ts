import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { findDeliveryById } from '../../store/deliveries.ts';
import { findEvent } from '../../store/events.ts';
import { EVERY_RUN, listRuns } from '../../store/run-list.ts';
import { getPrincipal } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { DeliverySummary, toDeliverySummary, toEventObject } from './delivery-shapes.ts';
import { RunSummaryShape, toRunSummaryShape } from './run-shapes.ts';
import { EventObject, withProblems } from './shapes.ts';

const EventDetails = z.object({
  event: EventObject,
  matched: z
    .array(
      z.object({
        rule: z.string(),
        trigger: z.string().optional().describe('The trigger it raised.'),
        action: z.string().optional().describe('The action it called.'),
        run: z.string().optional().describe('Id of the run of that action.'),
      }),
    )
    .describe('What the rules that matched did.'),
  runs: z.array(RunSummaryShape).describe('What it set off, newest first; /api/v1/runs/<id> tells all.'),
  delivery: DeliverySummary.extend({ headers: z.record(z.string(), z.string()) })
    .nullable()
    .describe('The delivery it came from; null when it came from none.'),
});

/** Runs of one event that are shown; more come from /api/v1/runs. */
const MAX_RUNS = 1_000;

/** One event with all that is known about it. */
export function registerEventDetailsRoute(instance: FastifyInstance, getDb: GetDatabase): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/events/:id',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'An event, the rules it matched, the runs it set off, and the delivery it came from.',
        tags: ['events'],
        params: z.object({
          id: z.union([z.uuid(), z.string().regex(/^\d{1,15}$/, 'expected an event id or a seq')]),
        }),
        response: withProblems({ 200: EventDetails }),
      },
    },
    async (request) => {
      const db = getDb();
      const { id } = request.params;
      const event = await findEvent(db, /^\d{1,15}$/.test(id) ? Number(id) : id);
      const { scopes } = getPrincipal(request);
      const isVisible = createRepositoryFilter(scopes);
      if (event === undefined || !isVisible(event.repo)) {
        throw new FettleError(
          'not_found',
          'No such event is known. It may be older than the retention or outside your scopes.',
        );
      }
      const delivery = event.deliveryId === null ? undefined : await findDeliveryById(db, event.deliveryId);
      const filter = { ...EVERY_RUN, events: [event.id], scopes: scopes.repos };
      const { runs } = await listRuns(db, filter, { limit: MAX_RUNS });
      return {
        event: toEventObject(event),
        matched: [...event.matched],
        runs: runs.map(toRunSummaryShape),
        delivery: delivery === undefined ? null : { ...toDeliverySummary(delivery), headers: { ...delivery.headers } },
      };
    },
  );
}
