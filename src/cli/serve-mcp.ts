import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Role } from '../core/access.ts';
import { createAgentServer } from '../mcp/agent-server.ts';
import type { Cli } from './cli.ts';
import type { HubClient } from './hub-client.ts';
import { createRemoteDesk } from './remote-desk.ts';

/** Time to find out which tools the token may use. */
const ROLE_TIMEOUT_MS = 5_000;

/** Serves the tools of a hub over the standard input and output, and resolves when the input ends. What it has to say goes to stderr. */
export async function serveMcp(
  hub: HubClient,
  cli: Pick<Cli, 'stdin' | 'stdout' | 'stderr' | 'version'>,
): Promise<void> {
  const desk = createRemoteDesk(hub);
  const log = (text: string): void => void cli.stderr.write(`fettle mcp: ${text}\n`);

  /** Without an answer all tools are shown; each of them then says what is wrong. */
  async function findRole(): Promise<Role | undefined> {
    try {
      return (await desk.whoami({ signal: AbortSignal.timeout(ROLE_TIMEOUT_MS) })).role;
    } catch (error) {
      log(toText(error));
      return undefined;
    }
  }

  const transport = new WatchedTransport(cli.stdin, cli.stdout);
  serveStdio(
    async ({ era }) =>
      createAgentServer({
        desk,
        role: await findRole(),
        version: cli.version,
        era,
        hasNotices: false,
        onDefect: (error, where) => log(`${where} failed: ${toText(error)}`),
      }),
    { transport, onerror: (error) => log(toText(error)) },
  );
  await transport.over;
}

/** A transport that says when it is over. */
class WatchedTransport extends StdioServerTransport {
  readonly #over = Promise.withResolvers<void>();
  readonly over = this.#over.promise;

  override async close(): Promise<void> {
    await super.close();
    this.#over.resolve();
  }
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
