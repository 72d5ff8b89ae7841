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
  readonly retryable?: true;
}

export const tasksFail = defineCommand<Options>({
  path: 'tasks fail',
  summary: 'Say that a task could not be done.',
  arguments: [TASK_ARGUMENT, { name: '<error>', about: 'what went wrong' }],
  options: [
    { flags: '--retryable', about: 'another attempt, perhaps by another agent, can succeed' },
    ...HOLDER_OPTIONS,
  ],
  examples: ['fettle tasks fail 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f "The repository does not build." --retryable'],
  async run(options, [id = '', error = ''], cli) {
    const body = { lease: getLease(options, cli), error, retryable: options.retryable === true };
    const moved = await sendAboutTask(MovedShape, { id, verb: 'fail', body }, options, cli);
    if (options.json) writeJson(cli, moved);
    else writeMoved(cli, moved);
    return 0;
  },
});
