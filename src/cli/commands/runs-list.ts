import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { RUN_FILTER_OPTIONS, type RunFilterOptions, RunShape, toLimit, toRunFilters } from '../run-shape.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions, RunFilterOptions {
  readonly limit?: number;
}

const Page = z.object({ runs: z.array(RunShape), next: z.number().nullable() });
const LARGEST_PAGE = 1_000;
const REASON_CHARS = 80;

export const runsList = defineCommand<Options>({
  path: 'runs list',
  summary: 'List what rules set off, newest first.',
  options: [
    ...RUN_FILTER_OPTIONS,
    { flags: '--limit <count>', about: 'at most so many runs; default 20', parse: toLimit },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle runs list', "fettle runs list --state dead --action matrix.notify --repo 'dataforge/*'"],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const { limit = 20 } = options;
    const runs: z.infer<typeof RunShape>[] = [];
    for (let before: number | null | undefined; runs.length < limit && before !== null;) {
      const query = new URLSearchParams({ limit: String(Math.min(limit - runs.length, LARGEST_PAGE)) });
      for (const [name, values] of Object.entries(toRunFilters(options))) {
        for (const value of values ?? []) query.append(name, value);
      }
      if (before !== undefined) query.set('before', String(before));
      const page = await hub.ask(Page, 'GET', `/api/v1/runs?${query.toString()}`);
      runs.push(...page.runs);
      before = page.next;
    }
    if (options.json) {
      writeJson(cli, { runs });
      return 0;
    }
    if (runs.length === 0) writeLine(cli, 'No run matches.');
    const rows = runs.map((run) => [
      run.id,
      run.createdAt,
      run.state,
      run.action,
      toHarmlessText(run.rule),
      toHarmlessText(run.repo ?? ''),
      toShort(toHarmlessText(run.reason ?? '')),
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});

function toShort(text: string): string {
  return text.length > REASON_CHARS ? `${text.slice(0, REASON_CHARS - 1)}…` : text;
}
