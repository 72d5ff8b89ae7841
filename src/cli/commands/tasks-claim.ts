import { FettleError } from '../../core/errors.ts';
import { type Claimed, ClaimedShape, MAX_WAIT_SECONDS } from '../../tasks/shapes.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { findHub, type HubClient } from '../hub-client.ts';
import { toAskOptions, WRITE_OPTIONS, type WriteOptions } from '../task-request.ts';
import { toFacts, toSubjectText } from '../task-text.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends WriteOptions {
  readonly agent?: string;
  readonly capability?: readonly string[];
  readonly label?: readonly string[];
  readonly repo?: readonly string[];
  readonly task?: string;
  /** Seconds. */
  readonly wait?: number;
}

/** What the context is made of is asked of the forge, beside the time that the claim may wait. */
const ANSWER_MS = 60_000;

export const tasksClaim = defineCommand<Options>({
  path: 'tasks claim',
  summary: 'Claim the next task for an agent.',
  description:
    'Claims the next task for an agent and prints its lease token and what there is to know; --json has all of the context. Exit code 6 when there is no work.',
  options: [
    { flags: '-a, --agent <name>', about: 'name of the agent' },
    { flags: '--capability <word>', about: 'only tasks that need no more than this', repeatable: true },
    { flags: '--label <name>', about: 'only tasks with one of these labels', repeatable: true },
    { flags: '--repo <glob>', about: 'only tasks of these repositories', repeatable: true },
    { flags: '--task <id>', about: 'only this task' },
    { flags: '--wait <seconds>', about: 'how long to wait for work when there is none; default 0', parse: toSeconds },
    ...WRITE_OPTIONS,
  ],
  examples: ['fettle tasks claim --agent mosaic', 'fettle tasks claim --agent mosaic --wait 600 --json'],
  async run(options, _args, cli) {
    if (options.agent === undefined) {
      throw new FettleError('invalid_request', 'Say with --agent who takes the task: --agent mosaic.');
    }
    const { hub } = await findHub(options, cli);
    const claimed = await claim(hub, options);
    if (claimed === undefined) {
      cli.stderr.write('There is no work.\n');
      return 6;
    }
    if (options.json) writeJson(cli, claimed);
    else writeClaimed(cli, claimed);
    return 0;
  },
});

/** The hub lets nobody wait for long, so a long wait is several claims. */
async function claim(hub: HubClient, options: Options): Promise<Claimed | undefined> {
  const { agent, capability: capabilities, label: labels, repo: repos, task } = options;
  for (let left = options.wait ?? 0; ; left -= MAX_WAIT_SECONDS) {
    const wait = Math.min(left, MAX_WAIT_SECONDS);
    // Undefined fields are left out of the JSON.
    const body = { agent, capabilities, labels, repos, task, wait };
    const claimed = await hub.ask(ClaimedShape.optional(), 'POST', '/api/v1/tasks/claim', body, {
      // What a claim came to stays the answer to its key, so that each has one of its own.
      ...toAskOptions(options.key === undefined ? options : { ...options, key: `${options.key}.${left}` }),
      timeoutMs: wait * 1_000 + ANSWER_MS,
    });
    if (claimed !== undefined || left <= MAX_WAIT_SECONDS) return claimed;
  }
}

function writeClaimed(cli: Cli, { task, lease, context }: Claimed): void {
  const facts = toFacts([
    ['task', task.id],
    ['title', task.title],
    ['about', `${toSubjectText(task)} on ${task.forge}`],
    ['page', task.url],
    ['clone', context.cloneUrl],
    ['branch', context.suggestedBranch],
    ['hand-over', context.handover],
    ['lease', lease.token],
    ['until', lease.expiresAt],
  ]);
  for (const line of toTable(facts.map((row) => row.map(toHarmlessText)))) writeLine(cli, line);
}

const LONGEST_WAIT_SECONDS = 86_400;

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text) && seconds <= LONGEST_WAIT_SECONDS) return seconds;
  throw new FettleError('invalid_request', `Whole seconds are wanted, at most ${LONGEST_WAIT_SECONDS}.`);
}
