import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { CommandOption } from './command.ts';
import { readInput } from './read-input.ts';

/** What came of a task, from options, a file or the standard input. */
export interface ResultOptions {
  /** Path of a JSON file; `-` is the standard input. */
  readonly result?: string;
  readonly summary?: string;
  readonly pull?: string;
  readonly branch?: string;
  readonly commit?: readonly string[];
}

export const RESULT_OPTIONS: readonly CommandOption[] = [
  { flags: '--summary <text>', about: 'what was done, for people' },
  { flags: '--pull <number>', about: 'number or address of the pull request' },
  { flags: '--branch <name>', about: 'branch the work is on' },
  { flags: '--commit <id>', about: 'a commit', repeatable: true },
  {
    flags: '--result <file>',
    about: 'JSON file with summary, pull, branch, commits and data, - for the standard input; options come before it',
  },
];

/** What an option tells comes before what the file tells. @throws FettleError `invalid_request`. */
export async function readTaskResult(options: ResultOptions, cli: Cli): Promise<Record<string, unknown>> {
  const { summary, pull, branch, commit: commits } = options;
  const named = Object.entries({ summary, pull, branch, commits }).filter(([, value]) => value !== undefined);
  const result = {
    ...(options.result === undefined ? {} : await readObject(options.result, cli)),
    ...Object.fromEntries(named),
  };
  if ('summary' in result) return result;
  throw new FettleError('invalid_request', 'Say with --summary what was done, or give a file with --result.');
}

async function readObject(path: string, cli: Cli): Promise<object> {
  const content = await readInput('--result', path, cli);
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Answered below like any other text that is no object.
  }
  throw new FettleError('invalid_request', `--result ${path} does not hold a JSON object such as {"summary": "…"}.`);
}
