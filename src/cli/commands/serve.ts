import { FettleError } from '../../core/errors.ts';
import { toBanner } from '../banner.ts';
import type { Cli, RunningHub } from '../cli.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import type { ExitCode } from '../exit-codes.ts';
import { createReadableLog } from '../readable-log.ts';
import { createColours, writeLine } from '../terminal.ts';

/**
 * Runs the hub until it is told to stop.
 *
 *   starting ──▶ running ──SIGTERM, SIGINT──▶ stopping ──▶ exit 0
 *      │            │  ▲                          └─second signal─▶ exit at once
 *      │            └──┘ SIGHUP: the configuration is read anew
 *      └─ cannot start, or the store can never be used ─▶ exit 1 or 2
 */
export const serve = defineCommand<ConfigOption & { readonly port?: number; readonly host?: string }>({
  path: 'serve',
  summary: 'Start the hub; what `fettle` does without a command.',
  description:
    'Starts the hub and runs until Ctrl-C or SIGTERM; a second one ends it at once. SIGHUP reads the configuration anew. On a terminal it shows a summary, a link to sign in and a readable log; elsewhere, and with --json, the log is JSON lines.',
  options: [
    CONFIG_OPTION,
    { flags: '-p, --port <port>', about: 'port to listen on instead of http.port; 0 takes a free one', parse: toPort },
    { flags: '--host <address>', about: 'address to listen on instead of http.host' },
  ],
  examples: ['fettle serve', 'fettle serve --config /etc/fettle/fettle.yaml --port 9000'],
  async run({ config, port, host, json }, _args, cli) {
    const isForPeople = cli.stdout.isTTY === true && json !== true;
    const hub = await cli
      .startHub({
        path: config,
        cwd: cli.cwd,
        environment: {
          ...cli.environment,
          ...(port === undefined ? {} : { FETTLE_HTTP_PORT: String(port) }),
          ...(host === undefined ? {} : { FETTLE_HTTP_HOST: host }),
        },
        logDestination: isForPeople ? createReadableLog(cli.stdout, cli.environment) : undefined,
      })
      .catch((error: unknown) => {
        throw toStartError(error);
      });
    if (isForPeople) writeLine(cli, toBanner(hub.url, hub.loaded(), cli));
    return await runUntilStopped(hub, isForPeople ? cli : undefined);
  },
});

/** `terminal` is given when there is a person to welcome. */
async function runUntilStopped(hub: RunningHub, terminal: Cli | undefined): Promise<ExitCode> {
  const stopped = Promise.withResolvers<ExitCode>();
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
    isStopping = true;
    hub.log.info({ signal }, 'hub.stopping');
    hub.stop().then(() => stopped.resolve(0), stopped.reject);
  };
  const reload = () => {
    hub.reload().catch((error: unknown) => hub.log.error({ err: error }, 'config.reload_failed'));
  };
  const crash = (error: unknown) => {
    hub.log.fatal({ err: error }, 'process.crashed');
    void hub.closeLog().finally(() => process.exit(1));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', reload);
  process.on('uncaughtException', crash).on('unhandledRejection', crash);
  try {
    hub.ready.then(
      () => (terminal === undefined ? undefined : welcome(hub, terminal)),
      (error: unknown) => {
        if (!isStopping) void hub.stop().finally(() => stopped.reject(error));
      },
    );
    return await stopped.promise;
  } finally {
    process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGHUP', reload);
    process.off('uncaughtException', crash).off('unhandledRejection', crash);
  }
}

/** The link is for the person at the terminal only: it is written there and never logged. */
async function welcome(hub: RunningHub, cli: Cli): Promise<void> {
  const { url } = await hub.createSignInLink();
  const colours = createColours(cli.stdout, cli.environment);
  writeLine(cli, `Sign in (works once, for 15 minutes): ${colours.bold(url)}`);
  writeLine(cli, colours.dim('Another link later: fettle token sign-in. Sample events: fettle demo. Stop: Ctrl-C.'));
  writeLine(cli);
}

function toPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new FettleError('invalid_request', `--port takes a number from 0 to 65535, not ${JSON.stringify(text)}.`);
}

function toStartError(error: unknown): unknown {
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: number };
  const place = `${String(address)}:${port ?? 0}`;
  if (code === 'EADDRINUSE') {
    const detail = `Port ${place} is taken by another program, perhaps another Fettle. Stop that one, or choose another port with --port or http.port.`;
    return new FettleError('address_in_use', detail, { cause: error });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    const reason = code === 'EACCES' ? 'this user may not use that port' : 'this machine has no such address';
    const detail = `Cannot listen on ${place}: ${reason}. Choose another with --host and --port.`;
    return new FettleError('address_in_use', detail, { cause: error });
  }
  return error;
}
