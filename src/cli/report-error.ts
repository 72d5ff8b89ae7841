import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import { createColours } from './terminal.ts';

/** One paragraph on stderr: the code, what happened, where, and what to do next. With `--json` an object with `code` and `detail`, and who holds the task when that is what is wrong. */
export function reportError(error: unknown, asJson: boolean, cli: Cli): void {
  const colours = createColours(cli.stderr, cli.environment);
  if (error instanceof FettleError) {
    const { code, message, holder } = error;
    const text = asJson
      ? JSON.stringify({ code, detail: message, holder })
      : `${colours.red(`error ${code}:`)} ${message}`;
    cli.stderr.write(`${text}\n`);
    return;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const detail = 'This is a defect of Fettle; please report it with what it says here.';
  const text = asJson
    ? JSON.stringify({ code: 'internal', detail, trace })
    : `${colours.red('error internal:')} ${detail}\n${trace}`;
  cli.stderr.write(`${text}\n`);
}
