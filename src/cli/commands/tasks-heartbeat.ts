import { FettleError } from '../../core/errors.ts';
import { HeartbeatShape } from '../../tasks/shapes.ts';
import { defineCommand } from '../command.ts';
import { getLease, HOLDER_OPTIONS, type HolderOptions, sendAboutTask, TASK_ARGUMENT } from '../task-request.ts';
import { toEntryText } from '../task-text.ts';
import { toHarmlessText, writeJson, writeLine } from '../terminal.ts';

interface Options extends HolderOptions {
  readonly note?: string;
  readonly percent?: number;
  readonly after?: number;
}

export const tasksHeartbeat = defineCommand<Options>({
  path: 'tasks heartbeat',
  summary: 'Keep a task, say how far it is, and hear what happened to it.',
  description:
    'Keeps a task for another lease time, says how far it is, and prints what happened to it since. Exit code 7 when it was called off or the lease is over: stop working on it.',
  arguments: [TASK_ARGUMENT],
  options: [
    { flags: '--note <text>', about: 'what the agent is doing, shown on the forge' },
    { flags: '--percent <number>', about: 'how far it is, 0 to 100', parse: toNumber(100) },
    {
      flags: '--after <number>',
      about: '`next` of the last answer that arrived, to hear again what came after it',
      parse: toNumber(Number.MAX_SAFE_INTEGER),
    },
    ...HOLDER_OPTIONS,
  ],
  examples: ['fettle tasks heartbeat 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --percent 40 --note "Writing tests."'],
  async run(options, [id = ''], cli) {
    const { note, percent, after } = options;
    const body = { lease: getLease(options, cli), note, percent, after };
    const answer = await sendAboutTask(HeartbeatShape, { id, verb: 'heartbeat', body }, options, cli);
    if (options.json) writeJson(cli, answer);
    else {
      for (const entry of answer.events) writeLine(cli, toHarmlessText(toEntryText(entry)));
      for (const { gate, state, detail } of answer.verdicts) {
        writeLine(cli, toHarmlessText(`${gate}: ${state}: ${detail}`));
      }
      writeLine(
        cli,
        answer.cancelRequested ? `${id} was called off` : `${id} ${answer.state} until ${answer.expiresAt}`,
      );
    }
    return answer.cancelRequested ? 7 : 0;
  },
});

function toNumber(largest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,16}$/.test(text) && value <= largest) return value;
    throw new FettleError('invalid_request', `A whole number from 0 to ${largest} is wanted.`);
  };
}
