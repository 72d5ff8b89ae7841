import { FettleError } from '../../core/errors.ts';
import { TaskDetailsShape } from '../../tasks/shapes.ts';
import { defineCommand } from '../command.ts';
import { sendAboutTask, TASK_ARGUMENT, WRITE_OPTIONS, type WriteOptions } from '../task-request.ts';
import { toHarmlessText, writeJson, writeLine } from '../terminal.ts';

interface Options extends WriteOptions {
  readonly note?: string;
  readonly on?: { readonly repo: string; readonly number: number };
}

export const tasksWaive = defineCommand<Options>({
  path: 'tasks waive',
  summary: 'Let a task begin although what it waits for is not done.',
  arguments: [TASK_ARGUMENT],
  options: [
    { flags: '--on <owner/repo#number>', about: 'the one it need not wait for; default all', parse: toReference },
    { flags: '--note <text>', about: 'why; kept in the journal of the task' },
    ...WRITE_OPTIONS,
  ],
  examples: ['fettle tasks waive 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --on dataforge/app#12'],
  async run(options, [id = ''], cli) {
    const { note, on } = options;
    const body = { ...(note === undefined ? {} : { note }), ...(on === undefined ? {} : { on }) };
    const task = await sendAboutTask(TaskDetailsShape, { id, verb: 'waive', body }, options, cli);
    if (options.json) writeJson(cli, task);
    else writeLine(cli, `${id} ${task.state}${task.reason === null ? '' : `: ${toHarmlessText(task.reason)}`}`);
    return 0;
  },
});

function toReference(text: string): NonNullable<Options['on']> {
  const [, repo, number] = /^([^#\s]+)#([1-9]\d{0,9})$/.exec(text) ?? [];
  if (repo !== undefined && number !== undefined) return { repo, number: Number(number) };
  throw new FettleError('invalid_request', 'Write it as owner/repo#number, such as dataforge/app#12.');
}
