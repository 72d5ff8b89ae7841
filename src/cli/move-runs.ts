import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { CommonOptions, HubOptions } from './command.ts';
import type { ExitCode } from './exit-codes.ts';
import { findHub, type HubClient } from './hub-client.ts';
import { type RunFilterOptions, RunShape, toRunFilters } from './run-shape.ts';
import { writeJson, writeLine } from './terminal.ts';

export interface MoveOptions extends HubOptions, RunFilterOptions, CommonOptions {
  readonly yes?: true;
}

/** What is done to runs, and the words for it. */
export interface Move {
  readonly verb: 'redrive' | 'cancel';
  readonly done: 'redriven' | 'cancelled';
  /** Sent along. */
  readonly body: Readonly<Record<string, string>>;
}

const Counts = z.object({ matched: z.number(), changed: z.number(), more: z.boolean() });

/** Moves the runs that are named by id, or those of a filter. @throws FettleError `invalid_request` for neither, both, or without `--yes`. */
export async function moveRuns(move: Move, options: MoveOptions, ids: readonly string[], cli: Cli): Promise<ExitCode> {
  const filters = toRunFilters(options);
  const hasFilters = Object.keys(filters).length > 0;
  if (ids.length > 0 === hasFilters) {
    throw new FettleError(
      'invalid_request',
      `Name runs by their ids, or say with options such as --state and --action which are meant: fettle runs ${move.verb} --state dead --action matrix.notify`,
    );
  }
  const { hub } = await findHub(options, cli);
  return hasFilters
    ? await moveMatching(move, options, filters, hub, cli)
    : await moveNamed(move, options, ids, hub, cli);
}

async function moveNamed(
  { verb, done, body }: Move,
  options: MoveOptions,
  ids: readonly string[],
  hub: HubClient,
  cli: Cli,
): Promise<ExitCode> {
  const moved: string[] = [];
  const refused: { id: string; code: string; detail: string }[] = [];
  for (const id of ids) {
    try {
      await hub.ask(RunShape, 'POST', `/api/v1/runs/${encodeURIComponent(id)}/${verb}`, body);
      moved.push(id);
    } catch (error) {
      const isAboutRun = error instanceof FettleError && ['run_not_movable', 'not_found'].includes(error.code);
      if (!isAboutRun || ids.length === 1) throw error;
      refused.push({ id, code: error.code, detail: error.message });
    }
  }
  if (options.json) writeJson(cli, { [done]: moved, refused });
  else {
    for (const id of moved) writeLine(cli, `${id} ${done}`);
    for (const { id, code, detail } of refused) cli.stderr.write(`${id} ${code}: ${detail}\n`);
  }
  return refused.length === 0 ? 0 : 1;
}

async function moveMatching(
  { verb, done, body }: Move,
  options: MoveOptions,
  filters: object,
  hub: HubClient,
  cli: Cli,
): Promise<ExitCode> {
  const path = `/api/v1/runs/${verb}`;
  const first = await hub.ask(Counts, 'POST', path, { ...filters, ...body, dryRun: options.yes !== true });
  if (options.yes !== true && first.matched > 0) {
    const count = `${first.more ? 'More than ' : ''}${toCount(first.matched)}`;
    throw new FettleError('invalid_request', `${count} would be ${done}; nothing was done. Add --yes to do it.`);
  }
  let { changed, more } = first;
  while (more) {
    const next = await hub.ask(Counts, 'POST', path, { ...filters, ...body });
    changed += next.changed;
    more = next.more && next.changed > 0;
  }
  if (options.json) writeJson(cli, { matched: first.matched, changed });
  else writeLine(cli, changed === 0 ? 'No run matches.' : `${toCount(changed)} ${done}.`);
  return 0;
}

function toCount(runs: number): string {
  return runs === 1 ? '1 run' : `${runs} runs`;
}
