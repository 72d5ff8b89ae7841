import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import type { Role } from '../src/core/access.ts';
import { createId } from '../src/core/id.ts';
import { createTokenText, toSecretHash } from '../src/http/access/secret-text.ts';
import type { AgentTable } from '../src/http/routes/agents.ts';
import { registerEventRoutes } from '../src/http/routes/events.ts';
import { registerMcpRoute } from '../src/http/routes/mcp.ts';
import type { Database } from '../src/store/schema.ts';
import { insertToken } from '../src/store/tokens.ts';
import { createEventStream, type EventStream } from '../src/stream/event-stream.ts';
import type { TaskDesk } from '../src/tasks/desk-contract.ts';
import { ABSENT_DESK } from './absent-desk.ts';
import { createHttpHub, type HttpHubOptions } from './http-hub.ts';
import type { Address } from './mcp-clients.ts';

/** The HTTP side of a hub with `/mcp`, listening. */
export interface McpHub {
  readonly url: string;
  readonly stream: EventStream;
  readonly logged: string[];
  readonly mcp: ReturnType<typeof registerMcpRoute>;
  /** Makes a token of a role and says where to use it. */
  admit(role: Role, repos?: string[]): Promise<Address & { readonly tokenId: string }>;
  close(): Promise<void>;
}

/** Starts one whose desk does what is given and refuses the rest; closed at the end of the test. */
export async function startMcpHub(
  t: TestContext,
  db: Kysely<Database>,
  desk: Partial<TaskDesk> = {},
  http: HttpHubOptions['http'] = {},
): Promise<McpHub> {
  const stream = createEventStream({
    db: () => db,
    settings: () => ({ reconnectMs: 5_000, heartbeatMs: 60_000, maxClients: 3, clientBufferBytes: 2 ** 20 }),
    publicUrl: () => null,
    onError: (error) => t.diagnostic(String(error)),
    pollMs: 50,
  });
  let mcp: ReturnType<typeof registerMcpRoute> | undefined;
  const tasks = { ...ABSENT_DESK, ...desk };
  const agents: AgentTable = { list: async () => [], put: async () => undefined, remove: async () => undefined };
  const { app, logged } = await createHttpHub(t, {
    db,
    http,
    tasks,
    agents,
    extend: (instance) => {
      registerEventRoutes(instance, { stream });
      mcp = registerMcpRoute(instance, { getDb: () => db, stream, tasks, agents, version: '9.9.9' });
    },
  });
  if (mcp === undefined) throw new Error('The route was not registered');
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  stream.start();
  await stream.tail.ready();
  const close = async () => {
    await app.close();
    await stream.closeAll();
  };
  t.after(close);
  return {
    url,
    stream,
    logged,
    mcp,
    close,
    async admit(role, repos = []) {
      const token = createTokenText();
      const { id } = await insertToken(db, {
        id: createId(),
        name: `the ${role}`,
        role,
        scopes: { repos },
        hash: toSecretHash(token),
        createdAt: new Date(),
        createdBy: null,
        expiresAt: null,
      });
      return { url, token, tokenId: id };
    },
  };
}
