import { MovedShape } from '../../tasks/shapes.ts';
import { defineCommand } from '../command.ts';
import {
  getLease,
  HOLDER_OPTIONS,
  type HolderOptions,
  sendAboutTask,
  TASK_ARGUMENT,
  writeMoved,
} from '../task-request.ts';
import { writeJson } from '../terminal.ts';

interface Options extends HolderOptions {
  readonly handover?: string;
}

export const tasksRelease = defineCommand<Options>({
  path: 'tasks release',
  summary: 'Give a task back, with a note for whoever takes it next.',
  arguments: [TASK_ARGUMENT],
  options: [{ flags: '--handover <text>', about: 'what the next agent should know' }, ...HOLDER_OPTIONS],
  examples: [
    'fettle tasks release 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --handover "The parser is done, its tests are not."',
  ],
  async run(options, [id = ''], cli) {
    const { handover } = options;
    const body = { lease: getLease(options, cli), ...(handover === undefined ? {} : { handover }) };
    const moved = await sendAboutTask(MovedShape, { id, verb: 'release', body }, options, cli);
    if (options.json) writeJson(cli, moved);
    else writeMoved(cli, moved);
    return 0;
  },
});
