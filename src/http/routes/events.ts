import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import type { EventStream, Place } from '../../stream/event-stream.ts';
import { toFilter } from '../../stream/filter.ts';
import { createSocketSink } from '../../stream/socket.ts';
import { createSseSink } from '../../stream/sse.ts';
import { getPrincipal } from '../access/route-access.ts';
import { StreamQuery } from './event-query.ts';

export interface EventRouteOptions {
  readonly stream: EventStream;
}

/** `GET /events` as server-sent events or, for `Accept: application/json`, as a long poll; `GET /events/ws` as a WebSocket. */
export function registerEventRoutes(app: FastifyInstance, { stream }: EventRouteOptions): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  // A stream never ends by itself, and closing the server waits for what is open.
  app.addHook('preClose', () => stream.closeAll());
  const places = new WeakMap<FastifyRequest['raw'], Place>();

  typed.get(
    '/events',
    {
      // A HEAD request would hold a place and never end.
      exposeHeadRoute: false,
      config: { access: 'viewer' },
      schema: {
        summary: 'The live stream of events',
        description:
          'Server-sent events, or with `Accept: application/json` one answer as soon as there is an event. Resume with `Last-Event-ID` or `after`.',
        tags: ['events'],
        querystring: StreamQuery,
      },
    },
    async (request, reply) => {
      reply.header('vary', 'accept').header('cache-control', 'no-store');
      if (wantsJson(request.headers.accept)) return await answerPoll(stream, request, reply, request.query);
      openSse(stream, request, reply, request.query);
      return reply;
    },
  );

  typed.get(
    '/events/ws',
    {
      websocket: true,
      config: { access: 'viewer' },
      schema: { summary: 'The live stream of events, as a WebSocket', tags: ['events'], querystring: StreamQuery },
      // Before the upgrade, so that a refusal is an ordinary answer.
      preHandler: async (request) => {
        toFilter(request.query, getPrincipal(request));
        const place = stream.takePlace(getPrincipal(request));
        request.raw.socket.once('close', () => place.release());
        places.set(request.raw, place);
      },
    },
    (socket, request) => {
      const place = places.get(request.raw);
      if (place === undefined) throw new Error('The socket was opened without a place');
      const filter = toFilter(request.query, place.principal);
      const cursor = toCursor(request, request.query.after);
      const subscription = stream.subscribe(place, createSocketSink(socket), filter, cursor);
      socket.on('close', () => subscription.close());
      socket.on('error', () => subscription.cut());
    },
  );
}

function openSse(
  stream: EventStream,
  request: FastifyRequest,
  reply: FastifyReply,
  query: z.output<typeof StreamQuery>,
): void {
  const principal = getPrincipal(request);
  const filter = toFilter(query, principal);
  const cursor = toCursor(request, query.after);
  const place = stream.takePlace(principal);
  reply.hijack();
  const response = reply.raw;
  const sink = createSseSink(response, reply.getHeaders() as OutgoingHttpHeaders, stream.settings().reconnectMs);
  const subscription = stream.subscribe(place, sink, filter, cursor);
  response.on('close', () => subscription.close());
  if (response.destroyed) subscription.close();
}

async function answerPoll(
  stream: EventStream,
  request: FastifyRequest,
  reply: FastifyReply,
  query: z.output<typeof StreamQuery>,
): Promise<string> {
  const principal = getPrincipal(request);
  const filter = toFilter(query, principal);
  const after = toCursor(request, query.after);
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort());
  const answer = await stream.poll(stream.takePlace(principal), {
    filter,
    after,
    waitMs: query.wait * 1_000,
    limit: query.limit,
    signal: gone.signal,
  });
  reply.type('application/json; charset=utf-8').serializer((text: unknown) => String(text));
  const events = answer.events.map((event) => event.json).join(',');
  const gap = answer.gap === null ? '' : `,"gap":${JSON.stringify(answer.gap)}`;
  return `{"events":[${events}],"next":${answer.next}${gap}}`;
}

/** A browser repeats the address it first used, with the old `after`, so the header tells the newer cursor. */
function toCursor(request: FastifyRequest, after: number | undefined): number | null {
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return after ?? null;
  const cursor = Number(header);
  if (typeof header !== 'string' || !/^\d+$/.test(header) || !Number.isSafeInteger(cursor)) {
    const detail =
      'The header Last-Event-ID must be the id of an event of this stream, a whole number. Leave it out to begin now.';
    throw new FettleError('invalid_request', detail);
  }
  return cursor;
}

function wantsJson(accept: string | undefined): boolean {
  return accept !== undefined && /application\/(json|\*)/i.test(accept) && !/text\/event-stream/i.test(accept);
}
