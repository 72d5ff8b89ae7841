import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toLimit } from '../run-shape.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly status?: string;
  readonly limit?: number;
}

const Run = z.looseObject({
  id: z.string(),
  startedAt: z.string(),
  status: z.string(),
  trigger: z.string(),
  counts: z.record(z.string(), z.number()),
  title: z.string().nullable(),
  chainRuns: z.array(z.looseObject({ action: z.string(), state: z.string() })),
});

const Page = z.object({ runs: z.array(Run), next: z.number().nullable() });
const LARGEST_PAGE = 1_000;

export const ledgerRuns = defineCommand<Options>({
  path: 'ledger runs',
  summary: 'List the recorded runs of a node, the last first, with what else the same event set off.',
  arguments: [{ name: '<node>', about: 'id of the node, from `fettle ledger nodes`' }],
  options: [
    { flags: '--status <status>', about: 'only runs that ended like this, such as failure' },
    { flags: '--limit <count>', about: 'at most so many runs; default 20', parse: toLimit },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle ledger runs gitea_push_app', 'fettle ledger runs gitea_push_app --status failure'],
  async run(options, [node = ''], cli) {
    const { hub } = await findHub(options, cli);
    const { limit = 20, status } = options;
    const runs: z.infer<typeof Run>[] = [];
    for (let before: number | null | undefined; runs.length < limit && before !== null;) {
      const query = new URLSearchParams({ node, limit: String(Math.min(limit - runs.length, LARGEST_PAGE)) });
      if (status !== undefined) query.set('status', status);
      if (before !== undefined) query.set('before', String(before));
      const page: z.infer<typeof Page> = await hub.ask(Page, 'GET', `/api/v1/ledger/runs?${query.toString()}`);
      runs.push(...page.runs);
      before = page.next;
    }
    if (options.json) {
      writeJson(cli, { runs });
      return 0;
    }
    if (runs.length === 0) writeLine(cli, 'No run matches. `fettle ledger nodes` lists the nodes.');
    const rows = runs.map((run) =>
      [
        run.id,
        run.startedAt,
        run.status,
        run.trigger,
        toWords(Object.entries(run.counts).map(([name, count]) => `${count} ${name}`)),
        toWords(run.chainRuns.map(({ action, state }) => `${action} ${state}`)),
        run.title ?? '',
      ].map(toHarmlessText),
    );
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});

function toWords(parts: readonly string[]): string {
  return parts.join(', ');
}
