import { z } from 'zod';
import { TASK_STATES } from '../../core/vocabulary.ts';
import { type TaskSummary, TaskSummaryShape } from '../../tasks/shapes.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { toLimit } from '../run-shape.ts';
import { toSubjectText } from '../task-text.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions {
  readonly state?: readonly string[];
  readonly repo?: readonly string[];
  readonly forge?: string;
  readonly agent?: string;
  readonly label?: string;
  readonly limit?: number;
}

const Page = z.object({ tasks: z.array(TaskSummaryShape), next: z.number().nullable() });
const LARGEST_PAGE = 1_000;
const TITLE_CHARS = 60;

export const tasksList = defineCommand<Options>({
  path: 'tasks list',
  summary: 'List tasks for agents, newest first.',
  options: [
    { flags: '--state <name>', about: `only tasks in this state: ${TASK_STATES.join(', ')}`, repeatable: true },
    { flags: '--repo <glob>', about: 'only tasks of these repositories', repeatable: true },
    { flags: '--forge <name>', about: 'only tasks of this forge' },
    { flags: '--agent <name>', about: 'only tasks that this agent holds' },
    { flags: '--label <name>', about: 'only tasks with this label' },
    { flags: '--limit <count>', about: 'at most so many tasks; default 20', parse: toLimit },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle tasks list', "fettle tasks list --state queued --state blocked --repo 'dataforge/*'"],
  async run(options, _args, cli) {
    const { hub } = await findHub(options, cli);
    const { limit = 20 } = options;
    const tasks: TaskSummary[] = [];
    for (let before: number | null | undefined; tasks.length < limit && before !== null;) {
      const query = toQuery(options);
      query.set('limit', String(Math.min(limit - tasks.length, LARGEST_PAGE)));
      if (before !== undefined) query.set('before', String(before));
      const page = await hub.ask(Page, 'GET', `/api/v1/tasks?${query.toString()}`);
      tasks.push(...page.tasks);
      before = page.next;
    }
    if (options.json) {
      writeJson(cli, { tasks });
      return 0;
    }
    if (tasks.length === 0) writeLine(cli, 'No task matches.');
    const rows = tasks.map((task) => [
      task.id,
      task.state,
      toHarmlessText(toSubjectText(task)),
      toHarmlessText(task.agent ?? ''),
      toShort(toHarmlessText(task.title)),
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});

function toQuery({ state = [], repo = [], forge, agent, label }: Options): URLSearchParams {
  const query = new URLSearchParams();
  for (const value of state) query.append('state', value);
  for (const value of repo) query.append('repo', value);
  for (const [name, value] of Object.entries({ forge, agent, label })) {
    if (value !== undefined) query.append(name, value);
  }
  return query;
}

function toShort(text: string): string {
  return text.length > TITLE_CHARS ? `${text.slice(0, TITLE_CHARS - 1)}…` : text;
}
