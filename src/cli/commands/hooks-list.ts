import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { FORGE_OPTION, InstalledHooks, toPlaceText } from '../hook-places.ts';
import { findHub } from '../hub-client.ts';
import { createColours, toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly forge?: string;
}

export const hooksList = defineCommand<Options>({
  path: 'hooks list',
  summary: 'List the webhooks that Fettle installed, and whether they are in order.',
  options: [{ ...FORGE_OPTION, about: 'only those of this forge' }, CONFIG_OPTION, URL_OPTION],
  examples: ['fettle hooks list', 'fettle hooks list --forge home'],
  async run({ forge, json, ...options }, _args, cli) {
    const { hub } = await findHub(options, cli);
    const query = forge === undefined ? '' : `?${new URLSearchParams({ forge }).toString()}`;
    const { hooks } = await hub.ask(InstalledHooks, 'GET', `/api/v1/hooks${query}`);
    if (json) {
      writeJson(cli, { hooks });
      return 0;
    }
    if (hooks.length === 0) {
      writeLine(cli, 'Fettle installed no webhook yet. `fettle hooks install` does.');
      return 0;
    }
    const colours = createColours(cli.stdout, cli.environment);
    const rows = hooks.map((hook) => [
      hook.state === 'ok' ? colours.green(hook.state) : colours.yellow(toHarmlessText(hook.state)),
      hook.forge,
      toPlaceText(hook),
      `since ${hook.since}`,
      toHarmlessText(hook.detail),
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
