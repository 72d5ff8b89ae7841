import { resolve } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../config/problem.ts';
import { readLimited, toSystemCode } from '../../config/read-limited.ts';
import { FettleError } from '../../core/errors.ts';
import type { Cli } from '../cli.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { findHub } from '../hub-client.ts';
import { pageThrough } from '../page-through.ts';
import { PAST_OPTIONS, type PastOptions, toPastQuery } from '../past-options.ts';
import { toLimit } from '../run-shape.ts';
import { createColours, toHarmlessText, toTable, writeJson, writeLine } from '../terminal.ts';

type Options = HubOptions & PastOptions;

const RuleShape = z.object({
  rule: z.string(),
  before: z.number(),
  after: z.number(),
  added: z.number(),
  dropped: z.number(),
  changed: z.number(),
});
type RuleCounts = z.infer<typeof RuleShape>;

const ItemShape = z.looseObject({
  event: z.looseObject({ seq: z.number(), type: z.string(), repo: z.string().nullable() }),
  change: z.enum(['added', 'dropped', 'changed']),
  rule: z.string(),
  trigger: z.string().nullable(),
  run: z
    .looseObject({
      action: z.string(),
      destination: z.string(),
      problem: z.string().nullable(),
      state: z.string().nullable(),
      fields: z.array(z.object({ field: z.string(), before: z.string(), after: z.string() })),
    })
    .nullable(),
});
type Item = z.infer<typeof ItemShape>;

const AnswerShape = z.looseObject({
  problems: z.array(
    z.object({
      line: z.number().nullable(),
      column: z.number().nullable(),
      path: z.string(),
      message: z.string(),
      allowed: z.string().nullable(),
    }),
  ),
  events: z.number(),
  rules: z.array(RuleShape),
  items: z.array(ItemShape),
  left: z.number(),
  next: z.number().nullable(),
});

const FILE_LIMIT_BYTES = 2 ** 20;
/** Items that are shown. */
const MOST_ITEMS = 1_000;
const SIGNS = { added: '+', dropped: '-', changed: '~' } as const;
const COLOURS = { added: 'green', dropped: 'red', changed: 'yellow' } as const;

export const rulesTest = defineCommand<Options>({
  path: 'rules test',
  summary: 'Say which runs a changed configuration would add and drop for the events of the past.',
  description:
    'Sends the rules, recipes and variables of a file to the running hub, which puts stored events through them and through the rules in force, and says what differs. Nothing is done, and no secret is resolved.',
  arguments: [{ name: '<file>', about: 'the changed configuration' }],
  options: [
    ...PAST_OPTIONS,
    { flags: '--limit <count>', about: 'at most so many events, the oldest first', parse: toLimit },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: ['fettle rules test new.yaml --since 30d', "fettle rules test new.yaml --since 7d --repo 'dataforge/*'"],
  async run(options, [file = ''], cli) {
    const yaml = await readText(file, cli);
    const { hub } = await findHub(options, cli);
    const query = { ...toPastQuery(options), yaml };
    const rules = new Map<string, RuleCounts>();
    const items: Item[] = [];
    const total = { events: 0, left: 0 };
    await pageThrough(
      cli,
      options.limit,
      (part) => hub.ask(AnswerShape, 'POST', '/api/v1/rules/test', { ...query, ...part }),
      (page) => {
        if (page.problems.length > 0) {
          throw new ConfigError(page.problems.map((problem) => ({ ...problem, file, variable: null })));
        }
        for (const counts of page.rules) rules.set(counts.rule, addCounts(rules.get(counts.rule), counts));
        const room = Math.max(0, MOST_ITEMS - items.length);
        items.push(...page.items.slice(0, room));
        total.left += page.left + Math.max(0, page.items.length - room);
        total.events += page.events;
      },
    );
    if (options.json) {
      writeJson(cli, { ...total, rules: [...rules.values()], items });
      return 0;
    }
    writeItems(cli, items);
    if (total.left > 0) writeLine(cli, `  … and ${total.left} more`);
    writeLine(cli, `${total.events === 1 ? '1 event' : `${total.events} events`} looked at.`);
    writeRules(cli, [...rules.values()]);
    return 0;
  },
});

async function readText(file: string, cli: Cli): Promise<string> {
  const content = await readLimited(resolve(cli.cwd, file), FILE_LIMIT_BYTES).catch((error: unknown) => {
    throw new FettleError(
      'config_unreadable',
      `The file ${file} cannot be read (${toSystemCode(error)}). Check its name and its permissions.`,
      { cause: error },
    );
  });
  if (content === undefined) throw new FettleError('config_unreadable', `The file ${file} is larger than 1 MiB.`);
  return content.toString('utf8');
}

function addCounts(before: RuleCounts | undefined, more: RuleCounts): RuleCounts {
  if (before === undefined) return more;
  return {
    rule: before.rule,
    before: before.before + more.before,
    after: before.after + more.after,
    added: before.added + more.added,
    dropped: before.dropped + more.dropped,
    changed: before.changed + more.changed,
  };
}

function writeItems(cli: Cli, items: readonly Item[]): void {
  const colours = createColours(cli.stdout, cli.environment);
  let lastSeq = 0;
  for (const { event, change, rule, trigger, run } of items) {
    if (event.seq !== lastSeq) {
      writeLine(cli, toHarmlessText(`Event ${event.seq}: ${[event.type, event.repo ?? ''].join(' ').trim()}`));
    }
    lastSeq = event.seq;
    const what = run === null ? `raises ${trigger}` : `${run.action} at ${run.destination}`;
    const facts = [
      ...(run?.problem === null || run === null ? [] : [run.problem]),
      ...(run?.state === null || run === null ? [] : [`the run is ${run.state}`]),
    ];
    const remark = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
    writeLine(cli, `  ${colours[COLOURS[change]](`${SIGNS[change]} ${toHarmlessText(`${rule}: ${what}${remark}`)}`)}`);
    for (const { field, before, after } of run?.fields ?? []) {
      writeLine(cli, `      ${toHarmlessText(`${field}: ${before} → ${after}`)}`);
    }
  }
}

function writeRules(cli: Cli, rules: readonly RuleCounts[]): void {
  if (rules.length === 0) {
    writeLine(cli, 'No rule matches any of them, before or after.');
    return;
  }
  const rows = rules.map(({ rule, before, after, added, dropped, changed }) => [
    toHarmlessText(rule),
    ...[before, after, added, dropped, changed].map(String),
  ]);
  for (const line of toTable([['rule', 'matched', 'would match', 'added', 'dropped', 'changed'], ...rows])) {
    writeLine(cli, line);
  }
}
