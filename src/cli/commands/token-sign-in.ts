import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { writeJson, writeLine } from '../terminal.ts';

/** The same link that `serve` shows on a terminal. */
export const tokenSignIn = defineCommand<HubOptions>({
  path: 'token sign-in',
  summary: 'Make a link that signs one browser in, once, within 15 minutes.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle token sign-in'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const link = await hub.ask(
      z.object({ url: z.string(), expiresAt: z.string() }),
      'POST',
      '/api/v1/sign-in-links',
      {},
    );
    if (options.json) writeJson(cli, link);
    else writeLine(cli, link.url);
    return 0;
  },
});
