import { z } from 'zod';
import { AgentStandingShape } from '../../tasks/shapes.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

export const tasksAgents = defineCommand<HubOptions>({
  path: 'tasks agents',
  summary: 'List the agents: what they may take, what they hold, when they were last heard from.',
  options: [CONFIG_OPTION, URL_OPTION],
  examples: ['fettle tasks agents', 'fettle tasks agents --json'],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const { agents } = await hub.ask(z.object({ agents: z.array(AgentStandingShape) }), 'GET', '/api/v1/agents');
    if (options.json) {
      writeJson(cli, { agents });
      return 0;
    }
    if (agents.length === 0) writeLine(cli, 'No agents are known: any may claim any task.');
    const rows = agents.map(({ name, source, concurrency, capabilities, budgetPerDay, held, spentToday, seenAt }) => [
      toHarmlessText(name),
      source,
      `${held} of ${concurrency} held`,
      toHarmlessText(capabilities.join(' ')),
      budgetPerDay === null ? '' : `${spentToday} of ${budgetPerDay} spent today`,
      seenAt === null ? 'never heard from' : `heard from ${seenAt}`,
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});
