import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { registerActivityRoutes } from '../src/http/routes/activity.ts';
import { registerEventRoutes } from '../src/http/routes/events.ts';
import type { Database } from '../src/store/schema.ts';
import { createEventStream, type EventStream, type StreamSettings } from '../src/stream/event-stream.ts';
import { bearer, createHttpHub } from './http-hub.ts';
import { openSse, type SseClient } from './sse-client.ts';

export interface StreamHub {
  readonly stream: EventStream;
  readonly origin: string;
  /** Errors the stream reported. */
  readonly errors: unknown[];
  /** Settings may be changed while it runs. */
  readonly settings: { -readonly [K in keyof StreamSettings]: StreamSettings[K] };
  sse(query?: string, headers?: Record<string, string>): Promise<SseClient>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export interface StreamHubOptions {
  readonly settings?: Partial<StreamSettings>;
  readonly ringEvents?: number;
  /** In place of the database, for tests in which it comes and goes. */
  readonly getDb?: () => Kysely<Database>;
}

/** Lends a listening hub with the stream and the activity log on a database, and closes it before the database. */
export async function withStreamHub(
  t: TestContext,
  db: Kysely<Database>,
  options: StreamHubOptions,
  run: (hub: StreamHub) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const settings = {
    reconnectMs: 5_000,
    heartbeatMs: 60_000,
    maxClients: 100,
    clientBufferBytes: 2 ** 20,
    ...options.settings,
  };
  const { ringEvents } = options;
  const stream = createEventStream({
    db: options.getDb ?? (() => db),
    settings: () => settings,
    publicUrl: () => null,
    onError: (error) => errors.push(error),
    pollMs: 50,
    ...(ringEvents === undefined ? {} : { ringEvents }),
  });
  const hub = await createHttpHub(t, {
    db,
    extend: (app) => {
      registerEventRoutes(app, { stream });
      registerActivityRoutes(app, { db: () => db });
    },
  });
  const origin = await hub.app.listen({ host: '127.0.0.1', port: 0 });
  const clients: SseClient[] = [];
  try {
    stream.start();
    if (options.getDb === undefined) await stream.tail.ready();
    await run({
      stream,
      origin,
      errors,
      settings,
      sse: async (query = '', headers = {}) => {
        const client = await openSse(`${origin}/events${query}`, { ...bearer(), ...headers });
        clients.push(client);
        return client;
      },
      get: (path, headers = {}) => fetch(`${origin}${path}`, { headers: { ...bearer(), ...headers } }),
    });
  } finally {
    for (const client of clients) client.close();
    await hub.app.close();
  }
}
