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
import { readTaskResult, RESULT_OPTIONS, type ResultOptions } from '../task-result.ts';
import { writeJson } from '../terminal.ts';

interface Options extends HolderOptions, ResultOptions {}

export const tasksComplete = defineCommand<Options>({
  path: 'tasks complete',
  summary: 'Say that a task is done, and what came of it.',
  description:
    'Says that a task is done, and what came of it. Where there are gates the answer tells what they say: while one is pending, go on sending heartbeats; what one rejects is to be mended and completed again.',
  arguments: [TASK_ARGUMENT],
  options: [...RESULT_OPTIONS, ...HOLDER_OPTIONS],
  examples: [
    'fettle tasks complete 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --summary "Dates are read as UTC." --pull 31',
    'fettle tasks complete 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --result result.json',
  ],
  async run(options, [id = ''], cli) {
    const body = { lease: getLease(options, cli), result: await readTaskResult(options, cli) };
    const moved = await sendAboutTask(MovedShape, { id, verb: 'complete', body }, options, cli);
    if (options.json) writeJson(cli, moved);
    else writeMoved(cli, moved);
    return 0;
  },
});
