import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

const Node = z.looseObject({
  id: z.string(),
  title: z.string(),
  repo: z.string().nullable(),
  lastRunAt: z.string(),
  lastStatus: z.string(),
  runs: z.number(),
  failures: z.number(),
});

const Page = z.object({ nodes: z.array(Node), next: z.string().nullable() });

export const ledgerNodes = defineCommand<HubOptions>({
  path: 'ledger nodes',
  summary: 'List the nodes of the run ledger, each with its last run.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle ledger nodes'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const nodes: z.infer<typeof Node>[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query = new URLSearchParams({ limit: '1000', ...(after === '' ? {} : { after }) });
      const page: z.infer<typeof Page> = await hub.ask(Page, 'GET', `/api/v1/ledger/nodes?${query.toString()}`);
      nodes.push(...page.nodes);
      after = page.next;
    }
    if (options.json) {
      writeJson(cli, { nodes });
      return 0;
    }
    if (nodes.length === 0)
      writeLine(cli, 'The ledger is empty. A rule fills it with `do: { ledger.record: { node: … } }`.');
    const rows = nodes.map((node) => [
      toHarmlessText(node.id),
      node.title === node.id ? '' : toHarmlessText(node.title),
      toHarmlessText(node.lastStatus),
      node.lastRunAt,
      `${node.runs} runs, ${node.failures} failed`,
      toHarmlessText(node.repo ?? ''),
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
