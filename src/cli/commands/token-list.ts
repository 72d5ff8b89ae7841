import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';
import { TokenShape, toTokenState } from '../token-shape.ts';

/** Tokens without their text, which nobody has any more. */
export const tokenList = defineCommand<HubOptions>({
  path: 'token list',
  summary: 'List the access tokens, revoked and expired ones too.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle token list'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const { tokens } = await hub.ask(z.object({ tokens: z.array(TokenShape) }), 'GET', '/api/v1/tokens');
    if (options.json) {
      writeJson(cli, { tokens });
      return 0;
    }
    if (tokens.length === 0) {
      writeLine(cli, 'There are no tokens yet. Make one with `fettle token create --name <name>`.');
      return 0;
    }
    const rows = tokens.map((token) => [
      token.id,
      toHarmlessText(token.name),
      token.role,
      toTokenState(token, Date.now()),
      token.scopes.repos.length === 0 ? 'all repositories' : token.scopes.repos.join(' '),
      `used ${token.lastUsedAt ?? 'never'}`,
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
