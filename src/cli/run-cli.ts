import { CommanderError } from 'commander';
import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { ExitCode } from './exit-codes.ts';
import { toExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

/**
 * Runs one command line, without the name of the program, and gives the exit code. Expected errors become one paragraph on
 * stderr, with `--json` a JSON object; only a defect of this program shows where in its code it happened.
 */
export async function runCli(args: readonly string[], cli: Cli): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = createProgram(cli, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args.length === 0 ? ['serve'] : withServe(args), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    reportError(error, args.includes('--json'), cli);
    return error instanceof FettleError ? toExitCode(error.code) : 1;
  }
}

/** `fettle --port 9000` means `fettle serve --port 9000`. */
function withServe(args: readonly string[]): readonly string[] {
  const first = args[0] ?? '';
  const isOption = first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first);
  return isOption ? ['serve', ...args] : args;
}
