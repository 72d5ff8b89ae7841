import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { CommandOption } from './command.ts';
import type { HubClient } from './hub-client.ts';
import { createColours, toHarmlessText, writeLine } from './terminal.ts';

/** What the commands about webhooks share: naming places, and working through them while showing how far it is. */

export const PlaceShape = z.object({ level: z.enum(['repository', 'organisation', 'system']), place: z.string() });
export type Place = z.infer<typeof PlaceShape>;

export const ChangeShape = PlaceShape.extend({ change: z.string(), detail: z.string(), code: z.string().optional() });
export type Change = z.infer<typeof ChangeShape>;
export const Changes = z.object({ changes: z.array(ChangeShape) });

export const InstalledHook = PlaceShape.extend({
  forge: z.string(),
  url: z.string(),
  state: z.string(),
  detail: z.string(),
  since: z.string(),
  checkedAt: z.string(),
});
export const InstalledHooks = z.object({ hooks: z.array(InstalledHook) });

export interface PlaceOptions {
  readonly forge?: string;
  readonly repos?: readonly string[];
  readonly org?: true;
  readonly system?: true;
}

export const FORGE_OPTION: CommandOption = { flags: '--forge <name>', about: 'name of a configured forge' };

export const PLACE_OPTIONS: readonly CommandOption[] = [
  FORGE_OPTION,
  {
    flags: '--repos <glob>',
    about: "repositories: a name, 'dataforge/*', or '!dataforge/old' to leave one out",
    repeatable: true,
  },
  { flags: '--org', about: 'one webhook for the organisation of these repositories instead of one for each' },
  { flags: '--system', about: 'one webhook for the whole instance' },
];

/** @throws FettleError `invalid_request` when it was not named. */
export function getForgeName({ forge }: PlaceOptions): string {
  if (forge !== undefined) return forge;
  throw new FettleError(
    'invalid_request',
    'Say with --forge which forge: --forge home. `fettle forge list` shows them.',
  );
}

export function toPlaceText({ level, place }: Place): string {
  if (level === 'system') return 'the whole instance';
  return toHarmlessText(level === 'organisation' ? `${place} (organisation)` : place);
}

/** Places per request: few enough that a request ends soon and the next line is not waited for. */
const AT_ONCE = 4;
const BAR_WIDTH = 30;

/**
 * Works through places, a few at a time, and writes a line for each: on a terminal with a bar below that shows how far it is. Ctrl-C
 * leaves what is done as it is.
 */
export async function workThrough<P extends Place, R extends Place>(
  cli: Cli,
  places: readonly P[],
  options: { readonly isQuiet: boolean; readonly toLine: (result: R) => string },
  work: (some: readonly P[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = [];
  const isBarred = !options.isQuiet && cli.stdout.isTTY === true;
  const bar = (text: string) => void (isBarred && cli.stdout.write(`\r\u001b[2K${text}`));
  try {
    for (let start = 0; start < places.length; start += AT_ONCE) {
      bar(toBar(start, places.length));
      const some = await work(places.slice(start, start + AT_ONCE));
      bar('');
      for (const result of some) {
        results.push(result);
        if (!options.isQuiet) writeLine(cli, options.toLine(result));
      }
    }
  } finally {
    bar('');
  }
  return results;
}

function toBar(done: number, all: number): string {
  const filled = Math.round((done / all) * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${done}/${all}`;
}

/** Asks the hub to change places, a few at a time. */
export async function changePlaces(
  cli: Cli,
  hub: HubClient,
  places: readonly Place[],
  request: { readonly path: string; readonly body: object; readonly isQuiet: boolean; readonly isDryRun: boolean },
): Promise<Change[]> {
  const colours = createColours(cli.stdout, cli.environment);
  const toLine = (result: Change) => {
    const { change, detail } = result;
    const verb = request.isDryRun && change !== 'failed' && change !== 'unchanged' ? `would be ${change}` : change;
    const text = `${verb.padEnd(request.isDryRun ? 16 : 9)}  ${toPlaceText(result)}${detail === '' ? '' : `: ${toHarmlessText(detail)}`}`;
    return change === 'failed' ? colours.red(text) : text;
  };
  return await workThrough<Place, Change>(cli, places, { isQuiet: request.isQuiet, toLine }, async (some) => {
    const body = {
      ...request.body,
      dryRun: request.isDryRun,
      places: some.map(({ level, place }) => ({ level, place })),
    };
    return (await hub.ask(Changes, 'POST', request.path, body)).changes;
  });
}

/** `3 created, 1 failed`, in the order in which they first came. */
export function toSummary(words: readonly string[]): string {
  const counts = [...Map.groupBy(words, (word) => word)].map(([word, all]) => `${all.length} ${word}`);
  return counts.length === 0 ? 'nothing to do' : counts.join(', ');
}
