import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly resume?: string;
}

const Pauses = z.object({
  pauses: z.array(z.looseObject({ rule: z.string(), scope: z.string(), pausedAt: z.string(), reason: z.string() })),
});

export const rulesPauses = defineCommand<Options>({
  path: 'rules pauses',
  summary: 'List the rules that were paused because they seemed to run in a loop, or let one go on.',
  description:
    'A rule that writes to the same issue, pull request or branch more often than loops.maxPerMinute is paused there. What it would have done is skipped, and can be replayed.',
  options: [{ flags: '--resume <rule>', about: 'let this rule go on everywhere' }, CONFIG_OPTION, URL_OPTION],
  examples: ['fettle rules pauses', 'fettle rules pauses --resume "answer questions"'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    if (options.resume !== undefined) {
      const answer = await hub.ask(z.object({ resumed: z.number() }), 'POST', '/api/v1/rules/resume', {
        rule: options.resume,
      });
      if (options.json) writeJson(cli, answer);
      else writeLine(cli, `The rule goes on; ${answer.resumed} pauses ended.`);
      return 0;
    }
    const { pauses } = await hub.ask(Pauses, 'GET', '/api/v1/rules/pauses');
    if (options.json) {
      writeJson(cli, { pauses });
      return 0;
    }
    if (pauses.length === 0) writeLine(cli, 'No rule is paused.');
    const rows = pauses.map(({ rule, scope, pausedAt, reason }) =>
      [rule, scope, `since ${pausedAt}`, reason].map(toHarmlessText),
    );
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
