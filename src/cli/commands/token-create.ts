import { z } from 'zod';
import { ROLES, type Role } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { TokenShape } from '../token-shape.ts';
import { writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly name?: string;
  readonly role?: Role;
  readonly repos?: readonly string[];
  /** ISO 8601. */
  readonly expires?: string;
}

/** The token alone goes to stdout, so that it can be piped into a password store. */
export const tokenCreate = defineCommand<Options>({
  path: 'token create',
  summary: 'Make an access token. It is shown this once.',
  description:
    'Makes an access token and prints it, this once; the hub keeps only a hash. Roles: viewer reads, operator also acts, admin also manages access, agent reads and works on tasks.',
  options: [
    { flags: '-n, --name <name>', about: 'what it is for' },
    { flags: '-r, --role <role>', about: `one of ${ROLES.join(', ')}; default viewer`, parse: toRole },
    { flags: '--repos <glob>', about: 'only these repositories', repeatable: true },
    {
      flags: '--expires <when>',
      about: 'when it ends: a time (2030-01-31) or from now (30d, 12h); default never',
      parse: toExpiry,
    },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    'fettle token create --name grafana --role viewer',
    "fettle token create --name ci --role operator --repos 'dataforge/*' --expires 90d",
  ],
  async run(options, _args, cli) {
    const { name, role = 'viewer', repos = [], expires } = options;
    if (name === undefined) {
      throw new FettleError('invalid_request', 'Say with --name what the token is for: --name grafana.');
    }
    const { hub } = await findHub(options, cli);
    const Answer = z.object({ token: TokenShape, text: z.string() });
    const answer = await hub.ask(Answer, 'POST', '/api/v1/tokens', {
      name,
      role,
      scopes: { repos },
      ...(expires === undefined ? {} : { expiresAt: expires }),
    });
    if (options.json) {
      writeJson(cli, answer);
      return 0;
    }
    writeLine(cli, answer.text);
    const until = answer.token.expiresAt === null ? 'never ends' : `ends ${answer.token.expiresAt}`;
    cli.stderr.write(`Token ${answer.token.id}, ${role}, ${until}. It is not shown again.\n`);
    return 0;
  },
});

function toRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (role !== undefined) return role;
  throw new FettleError('invalid_request', `Roles are ${ROLES.join(', ')}.`);
}

const UNITS_MS = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

function toExpiry(text: string): string {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const atMs =
    count === undefined ? Date.parse(text) : Date.now() + Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (!Number.isNaN(atMs)) return new Date(atMs).toISOString();
  throw new FettleError(
    'invalid_request',
    'Write a time as 2030-01-31 or 2030-01-31T12:00:00Z, or a span as 12h, 30d or 4w.',
  );
}
