import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import {
  type Delivery,
  type DeliveryPosition,
  findDeliveries,
  findDeliveryBody,
  listDeliveryEvents,
} from '../../store/deliveries.ts';
import { readMaskedBody } from '../../store/masked-body.ts';
import { EVERY_RUN, listRuns } from '../../store/run-list.ts';
import { getPrincipal } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { DeliveryDetails, DeliverySummary, toDeliveryDetails, toDeliverySummary } from './delivery-shapes.ts';
import { RunSummaryShape, toRunSummaryShape } from './run-shapes.ts';
import { withProblems } from './shapes.ts';
import { listVisibleDeliveries, selectVisible } from './visible-deliveries.ts';

const Key = z.object({
  forge: z.string(),
  deliveryId: z.string().describe('The forge’s own id of the delivery, or ours.'),
});

const Cursor = z
  .string()
  .regex(/^\d{1,15}_[\da-f-]{36}$/, 'expected the `next` of an earlier page')
  .describe('`next` of the page before.');

const Query = z.object({
  forge: z.string().optional(),
  event: z.string().optional().describe('The forge’s own event name.'),
  state: z.enum(['accepted', 'duplicate']).optional(),
  outcome: z.enum(['pending', 'effected', 'filtered', 'duplicate', 'dead']).optional(),
  before: Cursor.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Runs of one delivery that are shown; more come from /api/v1/runs. */
const MAX_RUNS = 1_000;

/** Deliveries: what arrived, and what became of it. */
export function registerDeliveryRoutes(instance: FastifyInstance, getDb: GetDatabase): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/deliveries',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Deliveries, newest first. A page may be short and still not be the last: go on while `next` is set.',
        tags: ['deliveries'],
        querystring: Query,
        response: withProblems({
          200: z.object({ deliveries: z.array(DeliverySummary), next: z.string().nullable() }),
        }),
      },
    },
    async (request) => {
      const { before, ...filters } = request.query;
      const query = { ...filters, before: before === undefined ? undefined : parseCursor(before) };
      const page = await listVisibleDeliveries(getDb(), getPrincipal(request), query);
      return {
        deliveries: page.deliveries.map(toDeliverySummary),
        next: page.next === null ? null : toCursor(page.next),
      };
    },
  );

  app.get(
    '/api/v1/deliveries/:forge/:deliveryId',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'What became of a delivery.',
        description: 'The first arrival; `arrivals` lists them all, when the forge sent the same id several times.',
        tags: ['deliveries'],
        params: Key,
        response: withProblems({
          200: DeliveryDetails.extend({
            arrivals: z.array(DeliverySummary),
            runs: z
              .array(RunSummaryShape)
              .describe('What its events set off, newest first; /api/v1/runs/<id> tells all.'),
          }),
        }),
      },
    },
    async (request) => {
      const arrivals = await getVisibleArrivals(request, request.params);
      const [first] = arrivals;
      const events = await listDeliveryEvents(getDb(), [first.id]);
      const { scopes } = getPrincipal(request);
      const filter = { ...EVERY_RUN, deliveries: [first.id], scopes: scopes.repos };
      const { runs } = await listRuns(getDb(), filter, { limit: MAX_RUNS });
      return {
        ...toDeliveryDetails(first, events),
        arrivals: arrivals.map(toDeliverySummary),
        runs: runs.map(toRunSummaryShape),
      };
    },
  );

  app.get(
    '/api/v1/deliveries/:forge/:deliveryId/raw',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The body of a delivery as it was received, a secret within it masked.',
        tags: ['deliveries'],
        params: Key,
        produces: ['text/plain'],
      },
    },
    async (request, reply) => {
      const [first] = await getVisibleArrivals(request, request.params);
      const body = await findDeliveryBody(getDb(), first);
      if (body === undefined) throw notFound();
      // Text of a stranger: never to be taken for a page, whatever it looks like.
      return reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', `inline; filename="${first.id}.txt"`)
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('cache-control', 'private, no-store')
        .send(await readMaskedBody(body));
    },
  );

  async function getVisibleArrivals(
    request: FastifyRequest,
    { forge, deliveryId }: z.infer<typeof Key>,
  ): Promise<[Delivery, ...Delivery[]]> {
    const db = getDb();
    const arrivals = await findDeliveries(db, forge, deliveryId);
    const [first, ...others] = await selectVisible(db, getPrincipal(request), arrivals);
    if (first === undefined) throw notFound();
    return [first, ...others];
  }
}

function notFound(): FettleError {
  return new FettleError(
    'not_found',
    'No such delivery is known. It may still wait in the inbox, be older than the retention, or be outside your scopes.',
  );
}

function toCursor({ receivedAt, id }: DeliveryPosition): string {
  return `${receivedAt.getTime()}_${id}`;
}

function parseCursor(cursor: string): DeliveryPosition {
  const [atMs = '', id = ''] = cursor.split('_');
  return { receivedAt: new Date(Number(atMs)), id };
}
