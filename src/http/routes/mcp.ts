import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../../core/access.ts';
import { getPrincipal } from '../access/route-access.ts';
import { createLocalDesk, type LocalDeskPorts } from '../mcp/local-desk.ts';
import { createTaskChanges } from '../mcp/task-changes.ts';
import { toGone, toWebRequest } from '../mcp/web-request.ts';
import { TASK_BODY_BYTES } from './task-caller.ts';

export interface McpRouteOptions extends LocalDeskPorts {
  readonly version: string;
}

export interface McpRoute {
  /** Ends what principals that lost their right hold open, for example after a token was revoked. */
  cutWhere(lost: (principal: Principal) => boolean): void;
}

/** A request under way. */
interface Exchange {
  readonly principal: Principal;
  readonly gone: AbortController;
  /** Ends a stream of notices with the word that it is over. */
  readonly end: () => Promise<void>;
}

/**
 * `POST /mcp`: the Model Context Protocol, for clients of both generations. Each request is on its own; there are no sessions, so any hub
 * of a database answers any request. Who asks is known by the hub's own tokens, and each tool looks at the role itself.
 */
export function registerMcpRoute(app: FastifyInstance, options: McpRouteOptions): McpRoute {
  const { stream, version } = options;
  const listen = createTaskChanges(stream.tail);
  const exchanges = new Set<Exchange>();
  const stopping = new AbortController();

  app.addHook('preClose', async () => {
    // Who waits for work or events is answered that there is none yet.
    stopping.abort();
    await Promise.all([...exchanges].map(({ end }) => end()));
  });

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<Response> {
    const principal = getPrincipal(request);
    const gone = toGone(reply);
    const isListening = request.headers['mcp-method'] === 'subscriptions/listen';
    const place = isListening ? stream.takePlace(principal) : undefined;
    gone.signal.addEventListener('abort', () => place?.release());
    const { createHandler } = await import('../mcp/create-handler.ts');
    const { serve, close } = createHandler({
      principal,
      desk: createLocalDesk(options, principal),
      listen,
      version,
      signal: AbortSignal.any([gone.signal, stopping.signal]),
      maxBodyBytes: TASK_BODY_BYTES,
      onDefect: (error, where) => request.log.error({ err: error, where }, 'mcp.failed'),
      onRefused: (error) => request.log.debug({ err: error }, 'mcp.refused'),
    });
    const exchange: Exchange = { principal, gone, end: isListening ? close : async () => undefined };
    exchanges.add(exchange);
    gone.signal.addEventListener('abort', () => exchanges.delete(exchange));
    if (gone.signal.aborted) exchanges.delete(exchange);
    return await serve(toWebRequest(request, gone.signal));
  }

  void app.register(async (scope) => {
    // The library reads the body itself and says in its own protocol what is wrong with it.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    scope.post(
      '/mcp',
      {
        bodyLimit: TASK_BODY_BYTES,
        config: { access: 'viewer', originChecked: true },
        schema: {
          summary: 'The Model Context Protocol, for agents.',
          description:
            'JSON-RPC over streamable HTTP, for clients of either generation; docs/mcp.md has the tools and resources.',
          tags: ['tasks'],
        },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store');
        return await answer(request, reply);
      },
    );
  });

  return {
    cutWhere(lost) {
      for (const { principal, gone } of exchanges) if (lost(principal)) gone.abort();
    },
  };
}
