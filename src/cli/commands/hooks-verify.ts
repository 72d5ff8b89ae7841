import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { FORGE_OPTION, InstalledHooks, PlaceShape, toPlaceText, toSummary, workThrough } from '../hook-places.ts';
import { findHub } from '../hub-client.ts';
import { createColours, toHarmlessText, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly forge?: string;
}

const Verified = PlaceShape.extend({ state: z.string(), detail: z.string() });
type Verified = z.infer<typeof Verified>;
const Answer = z.object({ hooks: z.array(Verified) });

/** Silence is a hint and no failure. */
const WELL: ReadonlySet<string> = new Set(['ok', 'silent']);

export const hooksVerify = defineCommand<Options>({
  path: 'hooks verify',
  summary: 'Compare the installed webhooks with what the forges have now.',
  description:
    'Asks the forges for each webhook that Fettle installed and compares it with what was installed. The hub does the same by itself, as often as hooks.checkEvery says. Changes nothing on the forges. The exit code is 1 when one is not in order.',
  options: [{ ...FORGE_OPTION, about: 'only those of this forge' }, CONFIG_OPTION, URL_OPTION],
  examples: ['fettle hooks verify', 'fettle hooks verify --forge home'],
  async run({ forge, json, ...options }, _args, cli) {
    const { hub } = await findHub(options, cli);
    const query = forge === undefined ? '' : `?${new URLSearchParams({ forge }).toString()}`;
    const { hooks } = await hub.ask(InstalledHooks, 'GET', `/api/v1/hooks${query}`);
    const colours = createColours(cli.stdout, cli.environment);
    const toLine = (hook: Verified) => {
      const text = `${toHarmlessText(hook.state).padEnd(11)}  ${toPlaceText(hook)}${hook.detail === '' ? '' : `: ${toHarmlessText(hook.detail)}`}`;
      return WELL.has(hook.state) ? text : colours.yellow(text);
    };
    const results: (Verified & { readonly forge: string })[] = [];
    for (const [name, places] of Map.groupBy(hooks, (hook) => hook.forge)) {
      const found = await workThrough(cli, places, { isQuiet: json === true, toLine }, async (some) => {
        const body = { forge: name, places: some.map(({ level, place }) => ({ level, place })) };
        return (await hub.ask(Answer, 'POST', '/api/v1/hooks/verify', body)).hooks;
      });
      results.push(...found.map((each) => ({ ...each, forge: name })));
    }
    if (json) writeJson(cli, { hooks: results });
    else writeLine(cli, `${toSummary(results.map(({ state }) => state))}.`);
    return results.every(({ state }) => WELL.has(state)) ? 0 : 1;
  },
});
