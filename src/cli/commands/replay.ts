import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findEventIds } from '../find-events.ts';
import { findHub } from '../hub-client.ts';
import { pageThrough } from '../page-through.ts';
import { PAST_OPTIONS, type PastOptions, toPastQuery } from '../past-options.ts';
import { toLimit } from '../run-shape.ts';
import { toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions, PastOptions {
  readonly redrive?: true;
  readonly triggers?: true;
  readonly yes?: true;
}

const ItemShape = z.looseObject({
  event: z.looseObject({ id: z.string(), seq: z.number(), type: z.string(), repo: z.string().nullable() }),
  difference: z.string(),
  rule: z.string(),
  trigger: z.string().nullable(),
  run: z
    .looseObject({ id: z.string(), action: z.string(), destination: z.string(), problem: z.string().nullable() })
    .nullable(),
});
type Item = z.infer<typeof ItemShape>;

const ReportShape = z.looseObject({
  events: z.number(),
  runs: z.record(z.string(), z.number()),
  triggers: z.record(z.string(), z.number()),
  made: z.number(),
  redriven: z.number(),
  raised: z.number(),
  items: z.array(ItemShape),
  left: z.number(),
  next: z.number().nullable(),
});
type Report = z.infer<typeof ReportShape>;

/** What each kind means, before and after it is done. */
const KINDS: Readonly<Record<string, readonly [dry: string, done: string]>> = {
  new: ['would be made', 'were missing'],
  done: ['ended well: nothing happens', 'had ended well'],
  open: ['are under way: nothing happens', 'are under way'],
  dead: ['are dead', 'were dead'],
  cancelled: ['are cancelled', 'were cancelled'],
  skipped: ['were skipped', 'were skipped'],
  gone: ['exist, but the rules of today would not make them', 'exist, but the rules of today would not make them'],
};
const STOPPED = ['dead', 'cancelled', 'skipped'];
/** Items that `--json` holds. */
const MOST_ITEMS = 1_000;

export const replay = defineCommand<Options>({
  path: 'replay',
  summary: 'Put stored events through the rules of today: say what would happen, or do it.',
  description:
    'Puts events that the hub has stored through the rules of today. Without --yes nothing is done: it says what would happen against what did. With --yes the runs that are missing are made; what was done is recognised and not done again, so that it can be interrupted and repeated.',
  arguments: [{ name: '[event]', about: 'id or seq of an event, or id of a delivery, instead of a filter' }],
  options: [
    ...PAST_OPTIONS,
    { flags: '--limit <count>', about: 'at most so many events, the oldest first', parse: toLimit },
    {
      flags: '--redrive',
      about:
        'get runs going again that are dead, cancelled or skipped; those that died of their rule are rendered anew',
    },
    { flags: '--triggers', about: 'raise the triggers that were not raised; with --redrive those that were, too' },
    { flags: '-y, --yes', about: 'do it; without, it only says what would happen' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    'fettle replay 412',
    'fettle replay 412 --redrive --yes',
    "fettle replay --type push --repo 'dataforge/*' --since 30d",
    "fettle replay --type push --repo 'dataforge/*' --since 30d --yes",
  ],
  async run(options, [key], cli) {
    const query = toPastQuery(options);
    if ((key === undefined) === (Object.keys(query).length === 0)) {
      throw new FettleError(
        'invalid_request',
        'Name one event, or say with options such as --type and --since which are meant: fettle replay --type push --since 30d',
      );
    }
    const found = await findHub(options, cli);
    const { redrive = false, triggers = false, yes = false } = options;
    const mode = { dry: !yes, redrive, triggers };
    const ask = (body: object) => found.hub.ask(ReportShape, 'POST', '/api/v1/replay', { ...body, ...mode });
    const total = createTotal();
    const take = (report: Report) => {
      total.add(report);
      if (options.json !== true) writeItems(cli, report);
    };
    if (key === undefined) await pageThrough(cli, options.limit, (part) => ask({ ...query, ...part }), take);
    else for (const event of await findEventIds(found, key)) take(await ask({ event }));

    if (options.json) writeJson(cli, { dry: !yes, ...total.read() });
    else writeSummary(cli, total.read(), options);
    return 0;
  },
});

/** The reports of all calls as one. */
function createTotal() {
  const total = { events: 0, made: 0, redriven: 0, raised: 0, left: 0 };
  const runs: Record<string, number> = {};
  const triggers: Record<string, number> = {};
  const items: Item[] = [];
  const addAll = (to: Record<string, number>, from: Readonly<Record<string, number>>) => {
    for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
  };
  return {
    add({ runs: moreRuns, triggers: moreTriggers, items: moreItems, ...more }: Report): void {
      const room = Math.max(0, MOST_ITEMS - items.length);
      items.push(...moreItems.slice(0, room));
      total.left += more.left + Math.max(0, moreItems.length - room);
      for (const name of ['events', 'made', 'redriven', 'raised'] as const) total[name] += more[name];
      addAll(runs, moreRuns);
      addAll(triggers, moreTriggers);
    },
    read: () => ({ ...total, runs, triggers, items }),
  };
}

function writeItems(cli: Cli, { items, left }: Report): void {
  let lastSeq = 0;
  for (const { event, difference, rule, trigger, run } of items) {
    if (event.seq !== lastSeq) {
      writeLine(cli, toHarmlessText(`Event ${event.seq}: ${[event.type, event.repo ?? ''].join(' ').trim()}`));
    }
    lastSeq = event.seq;
    const what = run === null ? `raises ${trigger}` : `${run.action} at ${run.destination}`;
    const problem = run?.problem === null || run === null ? '' : ` (${run.problem})`;
    writeLine(cli, toHarmlessText(`  ${difference.padEnd(9)}  ${rule}: ${what}${problem}`));
  }
  if (left > 0) writeLine(cli, `  … and ${left} more`);
}

function writeSummary(
  cli: Cli,
  total: ReturnType<ReturnType<typeof createTotal>['read']>,
  { redrive, triggers, yes }: Options,
): void {
  const { runs } = total;
  writeLine(cli, `${total.events === 1 ? '1 event' : `${total.events} events`} looked at.`);
  const rows = Object.entries(KINDS).flatMap(([kind, meanings]) => {
    const count = runs[kind] ?? 0;
    return count === 0 ? [] : [[String(count), count === 1 ? 'run ' : 'runs', kind, meanings[yes === true ? 1 : 0]]];
  });
  if (rows.length === 0) writeLine(cli, 'No rule of today asks for a run, and none was made.');
  for (const line of toTable(rows)) writeLine(cli, `  ${line}`);
  const unraised = total.triggers['new'] ?? 0;
  const raised = total.triggers['done'] ?? 0;
  if (unraised > 0) writeLine(cli, `  ${unraised} triggers that were not raised`);
  if (raised > 0) writeLine(cli, `  ${raised} triggers that were raised`);

  if (yes === true) {
    const made = [`${total.made} made`, `${total.redriven} going again`, `${total.raised} triggers raised`];
    writeLine(cli, `Runs: ${made.join(', ')}.`);
  } else {
    writeLine(cli, 'Nothing was done. Add --yes to do it.');
  }
  if (redrive !== true && STOPPED.some((kind) => (runs[kind] ?? 0) > 0)) {
    writeLine(cli, 'Runs that are dead, cancelled or skipped go on only with --redrive.');
  }
  if (triggers !== true && unraised > 0) writeLine(cli, 'Triggers are raised only with --triggers.');
}
