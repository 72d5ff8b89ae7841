import { FettleError } from '../../core/errors.ts';
import { TaskDetailsShape } from '../../tasks/shapes.ts';
import { defineCommand } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { readInput } from '../read-input.ts';
import { toAskOptions, WRITE_OPTIONS, type WriteOptions } from '../task-request.ts';
import { toSubjectText } from '../task-text.ts';
import { toHarmlessText, writeJson, writeLine } from '../terminal.ts';

interface Options extends WriteOptions {
  readonly forge?: string;
  readonly repo?: string;
  readonly issue?: number;
  readonly pull?: number;
  readonly name?: string;
  readonly title?: string;
  readonly body?: string;
  readonly label?: readonly string[];
  readonly priority?: number;
  readonly agent?: string;
}

export const tasksOpen = defineCommand<Options>({
  path: 'tasks open',
  summary: 'Open a task by hand, for an issue, a pull request or other work.',
  options: [
    { flags: '--forge <name>', about: 'the forge' },
    { flags: '--repo <owner/name>', about: 'the repository' },
    { flags: '--issue <number>', about: 'the issue', parse: toNumber },
    { flags: '--pull <number>', about: 'the pull request', parse: toNumber },
    { flags: '--name <text>', about: 'for work without a number: the same name is the same task' },
    { flags: '--title <text>', about: 'needed for work without a number; else the title on the forge' },
    {
      flags: '--body <file>',
      about: 'file with the text, - for the standard input; needed where the forge cannot be asked',
    },
    { flags: '--label <name>', about: 'a label', repeatable: true },
    { flags: '--priority <number>', about: 'higher is claimed first, -1000 to 1000; default 0', parse: toPriority },
    { flags: '--agent <name>', about: 'only this agent may take it' },
    ...WRITE_OPTIONS,
  ],
  examples: [
    'fettle tasks open --forge home --repo dataforge/app --issue 12',
    'fettle tasks open --forge home --name nightly-review --title "Review what was merged today" --body review.md',
  ],
  async run(options, _args, cli) {
    const { forge, repo, issue, pull, name, title, body, label: labels, priority, agent } = options;
    if (forge === undefined) {
      throw new FettleError('invalid_request', 'Say with --forge on which forge the work is: --forge home.');
    }
    if (issue !== undefined && pull !== undefined) {
      throw new FettleError('invalid_request', 'A task is about an issue or a pull request; name one of the two.');
    }
    const { hub } = await findHub(options, cli);
    const subject = pull !== undefined ? 'pull' : issue !== undefined ? 'issue' : undefined;
    const text = body === undefined ? undefined : await readInput('--body', body, cli);
    // Undefined fields are left out of the JSON.
    const request = {
      forge,
      repo,
      subject,
      number: issue ?? pull,
      key: name,
      title,
      body: text,
      labels,
      priority,
      agent,
    };
    const task = await hub.ask(TaskDetailsShape, 'POST', '/api/v1/tasks', request, toAskOptions(options));
    if (options.json) writeJson(cli, task);
    else writeLine(cli, toHarmlessText(`${task.id} ${task.state}  ${toSubjectText(task)}  ${task.title}`));
    return 0;
  },
});

function toNumber(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new FettleError('invalid_request', 'A whole number from 1 up is wanted.');
}

function toPriority(text: string): number {
  if (/^-?\d{1,4}$/.test(text) && Math.abs(Number(text)) <= 1_000) return Number(text);
  throw new FettleError('invalid_request', 'A whole number from -1000 to 1000 is wanted.');
}
