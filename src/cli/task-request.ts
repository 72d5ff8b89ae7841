import type { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import type { Moved } from '../tasks/shapes.ts';
import type { Cli } from './cli.ts';
import { type CommandOption, CONFIG_OPTION, type HubOptions, URL_OPTION } from './command.ts';
import { type AskOptions, findHub } from './hub-client.ts';
import { toHarmlessText, toTable, writeLine } from './terminal.ts';

/** What the commands about one task share: how they name it, prove that they hold it, and may be repeated. */

export interface WriteOptions extends HubOptions {
  readonly key?: string;
}

export interface HolderOptions extends WriteOptions {
  readonly lease?: string;
}

export const TASK_ARGUMENT = { name: '<id>', about: 'id of the task, from `fettle tasks list` or the claim' };

export const WRITE_OPTIONS: readonly CommandOption[] = [
  { flags: '--key <text>', about: 'makes the command safe to repeat for a day: the same key does nothing again' },
  CONFIG_OPTION,
  URL_OPTION,
];

/** Holds the lease token, which on the command line every user of the machine could read. */
const LEASE_VARIABLE = 'FETTLE_LEASE';

export const HOLDER_OPTIONS: readonly CommandOption[] = [
  { flags: '--lease <token>', about: `token of the lease, from the claim; default what ${LEASE_VARIABLE} holds` },
  ...WRITE_OPTIONS,
];

/** @throws FettleError `invalid_request` when there is none. */
export function getLease({ lease }: HolderOptions, { environment }: Cli): string {
  const token = lease ?? environment[LEASE_VARIABLE] ?? '';
  if (token !== '') return token;
  throw new FettleError(
    'invalid_request',
    `Which lease? Set ${LEASE_VARIABLE} to the token that \`fettle tasks claim\` gave, or name it with --lease.`,
  );
}

export function toAskOptions({ key }: WriteOptions): AskOptions {
  return key === undefined ? {} : { headers: { 'idempotency-key': key } };
}

/** Sends what is said about one task. */
export async function sendAboutTask<T>(
  schema: z.ZodType<T>,
  { id, verb, body }: { readonly id: string; readonly verb: string; readonly body: object },
  options: WriteOptions,
  cli: Cli,
): Promise<T> {
  const { hub } = await findHub(options, cli);
  return await hub.ask(schema, 'POST', `/api/v1/tasks/${encodeURIComponent(id)}/${verb}`, body, toAskOptions(options));
}

/** Tells what became of a task by what its holder said. */
export function writeMoved(cli: Cli, { id, state, reason, verdicts, expiresAt }: Moved): void {
  writeLine(cli, `${id} ${state}${reason === null ? '' : `: ${toHarmlessText(reason)}`}`);
  for (const line of toTable(verdicts.map((one) => [one.gate, one.state, one.detail].map(toHarmlessText)))) {
    writeLine(cli, `  ${line}`);
  }
  if (expiresAt !== null) writeLine(cli, `  yours until ${expiresAt}`);
}
