import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly close?: string;
}

const Breakers = z.object({
  breakers: z.array(
    z.looseObject({ scope: z.string(), openedAt: z.string(), until: z.string().nullable(), reason: z.string() }),
  ),
});

export const runsBreakers = defineCommand<Options>({
  path: 'runs breakers',
  summary: 'List the destinations and credentials that are left alone, or close one.',
  description:
    'A destination that failed again and again rests for a while; a credential that was refused rests until it changes. Their runs wait meanwhile and burn no attempts.',
  options: [{ flags: '--close <scope>', about: 'let what waits for this one go on' }, CONFIG_OPTION, URL_OPTION],
  examples: ['fettle runs breakers', 'fettle runs breakers --close credential:matrix'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    if (options.close !== undefined) {
      const answer = await hub.ask(z.object({ closed: z.string() }), 'POST', '/api/v1/breakers/close', {
        scope: options.close,
      });
      if (options.json) writeJson(cli, answer);
      else writeLine(cli, `Closed ${toHarmlessText(answer.closed)}.`);
      return 0;
    }
    const { breakers } = await hub.ask(Breakers, 'GET', '/api/v1/breakers');
    if (options.json) {
      writeJson(cli, { breakers });
      return 0;
    }
    if (breakers.length === 0) writeLine(cli, 'Nothing is left alone.');
    const rows = breakers.map(({ scope, openedAt, until, reason }) =>
      [scope, `since ${openedAt}`, until === null ? 'until it changes' : `until ${until}`, reason].map(toHarmlessText),
    );
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
