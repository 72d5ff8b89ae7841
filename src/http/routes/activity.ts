import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { FettleError } from '../../core/errors.ts';
import { type EventPage, type EventQuery, listEvents, toEventJson } from '../../store/events.ts';
import { toFilter } from '../../stream/filter.ts';
import { getPrincipal } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { ActivityQuery } from './event-query.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Events per read while streaming; a page of the largest events is a few megabytes. */
const STREAM_PAGE = 200;

export interface ActivityRouteOptions {
  readonly db: GetDatabase;
}

/** `GET /activity`: what happened, by filter and keyset, as one JSON document or as JSON Lines. */
export function registerActivityRoutes(app: FastifyInstance, { db }: ActivityRouteOptions): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/activity',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The activity log',
        description:
          '`next` continues in the same order (as `before` when newest first, as `after` when oldest first) and is null at the end; `previous` goes back. ' +
          'A page of a rare filter may hold fewer events than `limit` and still have a `next`.',
        tags: ['events'],
        querystring: ActivityQuery,
      },
    },
    async (request, reply) => {
      const { query } = request;
      const filter = toFilter(query, getPrincipal(request));
      const order = query.order ?? (query.format === 'jsonl' || query.after !== undefined ? 'asc' : 'desc');
      const range = { filter, order, after: query.after, before: query.before };
      reply.header('cache-control', 'no-store');

      if (query.format === 'jsonl') {
        const lines = streamLines(db, range, query.limit ?? Number.POSITIVE_INFINITY);
        // The first page is read before the answer begins, so that a failure is still a problem document.
        const first = await lines.next();
        return reply
          .type('application/x-ndjson; charset=utf-8')
          .send(Readable.from(prepend(first, lines), { objectMode: false, highWaterMark: 64 * 1024 }));
      }

      const limit = query.limit ?? DEFAULT_LIMIT;
      if (limit < 1 || limit > MAX_LIMIT) {
        const detail = `The parameter limit must be from 1 to ${MAX_LIMIT} for JSON; format=jsonl takes any.`;
        throw new FettleError('invalid_request', detail);
      }
      const page = await listEvents(db(), { ...range, limit });
      reply.type('application/json; charset=utf-8').serializer((text: unknown) => String(text));
      return toDocument(page);
    },
  );
}

function toDocument(page: EventPage): string {
  const events = page.events.map(toEventJson).join(',');
  return `{"events":[${events}],"next":${page.next ?? 'null'},"previous":${page.events[0]?.seq ?? 'null'}}`;
}

/** Lines in pieces of a page. Nothing is held between two pages but a cursor, however slowly the client reads. */
async function* streamLines(
  db: GetDatabase,
  range: Omit<EventQuery, 'limit'>,
  limit: number,
): AsyncGenerator<string, void, undefined> {
  let { after, before } = range;
  for (let left = limit; left > 0;) {
    const page = await listEvents(db(), { ...range, after, before, limit: Math.min(STREAM_PAGE, left) });
    // What is committed while the answer runs does not make it longer.
    before ??= page.bounds.latest + 1;
    if (page.events.length > 0) yield page.events.map((event) => `${toEventJson(event)}\n`).join('');
    if (page.next === null) return;
    left -= page.events.length;
    if (range.order === 'asc') after = page.next;
    else before = page.next;
  }
}

async function* prepend<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  if (first.done !== true) yield first.value;
  yield* rest;
}
