import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { createHubClient, findHub, type HubClient } from '../hub-client.ts';

export const mcp = defineCommand<HubOptions>({
  path: 'mcp',
  summary: 'Serve the tools for agents over the standard input and output (Model Context Protocol).',
  description:
    'Serves the Model Context Protocol over the standard input and output, for programs that start their tools as processes. Everything is asked of a running hub, with the token in FETTLE_TOKEN. Ends when its input ends.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle mcp', 'fettle mcp --url https://fettle.example.org'],
  async run(options, _args, cli) {
    const hub = await findAgentHub(options, cli);
    // The library is loaded for this command alone.
    const { serveMcp } = await import('../serve-mcp.ts');
    await serveMcp(hub, cli);
    return 0;
  },
});

/** The hub, asked with the token of the agent instead of the admin's, where there is one. */
async function findAgentHub(options: HubOptions, cli: Cli): Promise<HubClient> {
  const { hub, loaded } = await findHub(options, cli);
  const token = cli.environment['FETTLE_TOKEN'] ?? '';
  return token === '' ? hub : createHubClient(hub.url, loaded, token);
}
