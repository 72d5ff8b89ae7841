import { createMcpHandler } from '@modelcontextprotocol/server';
import { createRepositoryFilter, type Principal } from '../../core/access.ts';
import type { AgentDesk } from '../../mcp/agent-desk.ts';
import { createAgentServer } from '../../mcp/agent-server.ts';
import { createNoticeBus, type ListenToTasks } from '../../mcp/notices.ts';

export interface HandlerOptions {
  readonly principal: Principal;
  readonly desk: AgentDesk;
  readonly listen: ListenToTasks;
  readonly version: string;
  /** Aborted when the answer should not be waited for any more. */
  readonly signal: AbortSignal;
  readonly maxBodyBytes: number;
  /** Told of every failure that nobody foresaw. */
  readonly onDefect: (error: unknown, where: string) => void;
  /** Told of every request that is not one of the protocol. */
  readonly onRefused: (error: Error) => void;
}

export interface Handler {
  readonly serve: (request: Request) => Promise<Response>;
  /** Ends a stream of notices with the word that it is over. */
  readonly close: () => Promise<void>;
}

/** What answers one request of one principal, for clients of both generations. Takes what it needs from the library, so it is loaded when first used. */
export function createHandler(options: HandlerOptions): Handler {
  const { principal, desk, listen, version, signal, onDefect } = options;
  const { fetch: serve, close } = createMcpHandler(
    ({ era }) => createAgentServer({ desk, role: principal.role, version, era, hasNotices: true, signal, onDefect }),
    {
      bus: createNoticeBus(listen, createRepositoryFilter(principal.scopes)),
      maxRequestBodySize: options.maxBodyBytes,
      onerror: options.onRefused,
    },
  );
  return { serve: (request) => serve(request), close };
}
