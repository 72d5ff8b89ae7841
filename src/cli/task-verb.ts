import { TaskDetailsShape } from '../tasks/shapes.ts';
import { type CommandDefinition, defineCommand } from './command.ts';
import { sendAboutTask, TASK_ARGUMENT, WRITE_OPTIONS, type WriteOptions } from './task-request.ts';
import { toHarmlessText, writeJson, writeLine } from './terminal.ts';

interface Options extends WriteOptions {
  readonly note?: string;
}

/** A command by which a person decides about one task. */
export function defineTaskVerb(verb: {
  readonly verb: 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine';
  readonly summary: string;
  readonly description?: string;
  readonly examples: readonly string[];
}): CommandDefinition {
  return defineCommand<Options>({
    path: `tasks ${verb.verb}`,
    summary: verb.summary,
    description: verb.description,
    arguments: [TASK_ARGUMENT],
    options: [{ flags: '--note <text>', about: 'why; kept in the journal of the task' }, ...WRITE_OPTIONS],
    examples: verb.examples,
    async run(options, [id = ''], cli) {
      const body = options.note === undefined ? {} : { note: options.note };
      const task = await sendAboutTask(TaskDetailsShape, { id, verb: verb.verb, body }, options, cli);
      if (options.json) writeJson(cli, task);
      else writeLine(cli, `${id} ${task.state}${task.reason === null ? '' : `: ${toHarmlessText(task.reason)}`}`);
      return 0;
    },
  });
}
