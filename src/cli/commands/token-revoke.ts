import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, writeJson, writeLine } from '../terminal.ts';
import { TokenShape } from '../token-shape.ts';

/** Takes effect with the next request; an open stream ends at its next reconnect. */
export const tokenRevoke = defineCommand<HubOptions>({
  path: 'token revoke',
  summary: 'Revoke an access token, at once and for good.',
  arguments: [{ name: '<id>', about: 'id of the token, from `fettle token list`' }],
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle token revoke 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f'],
  async run(options, [id = ''], cli) {
    const { hub } = await findHub(options, cli);
    const token = await hub.ask(TokenShape, 'DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`);
    if (options.json) writeJson(cli, token);
    else writeLine(cli, `Revoked ${toHarmlessText(token.name)} (${token.id}).`);
    return 0;
  },
});
