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

export const tasksAsk = defineCommand<HolderOptions>({
  path: 'tasks ask',
  summary: 'Ask a question as a comment on the forge.',
  description:
    'Asks a question as a comment on the forge. A reply there is the answer; the next heartbeat tells it. The task stays yours meanwhile.',
  arguments: [TASK_ARGUMENT, { name: '<question>', about: 'what you need to know' }],
  options: HOLDER_OPTIONS,
  examples: ['fettle tasks ask 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f "Should the old format still be read?"'],
  async run(options, [id = '', question = ''], cli) {
    const body = { lease: getLease(options, cli), question };
    const moved = await sendAboutTask(MovedShape, { id, verb: 'ask', body }, options, cli);
    if (options.json) writeJson(cli, moved);
    else writeMoved(cli, moved);
    return 0;
  },
});
