import { type ActionField, type ActionForm, listForms } from '../../src/actions/definition.ts';
import { RULE_ACTIONS } from '../../src/actions/registry.ts';
import { toOptionRows } from '../../src/config/describe-config.ts';
import { TRIGGER_ACTION } from '../../src/config/rule-language.ts';
import type { Action, ForgeAbility } from '../../src/jobs/contract.ts';
import { listKindsWith } from './forge-abilities.ts';
import { GENERATED_NOTE, toCode, toTable } from './markdown.ts';

/** docs/actions/: a page for each action and an index by purpose, all from the definitions of the actions. */
export function createActionPages(): Record<string, () => string> {
  const pages = RULE_ACTIONS.map((action) => [toPath(action.name), () => toActionPage(action)] as const);
  return { 'docs/actions/README.md': toIndexPage, ...Object.fromEntries(pages) };
}

/** What actions are for, by what stands before the dot of their name. */
const PURPOSES: Readonly<Record<string, readonly string[]>> = {
  'Tell people': ['matrix', 'slack', 'ntfy', 'email'],
  'Start something': ['task', 'pipeline', 'webhook', 'exec'],
  'Work on the forge': ['comment', 'label', 'issue', 'status'],
  'Keep a record, tell listeners': ['ledger', 'trigger'],
};

/** The options of the hub that an action cannot do without, by their first part. */
const SETTINGS: Readonly<Record<string, string>> = {
  'matrix.notify': 'matrix',
  'email.send': 'smtp',
  'exec.run': 'exec',
};

/** Pages that say more. */
const GUIDES: Readonly<Record<string, string>> = {
  'ledger.record': '[The run ledger](../ledger.md) says what the entries mean and what a second home needs.',
  'matrix.notify': 'The recipe [releases-monitor](../recipes.md#releases-monitor) shows it at work.',
  'pipeline.dispatch': `Workflows of the forge itself can be started on ${listKindsWith('workflows').join(', ')}. What becomes of a start whose answer is lost differs by engine: [runs](../runs.md#what-is-never-done-twice).`,
  'task.open':
    '[Tasks](../tasks.md) says what becomes of it; the recipe [coordinator](../recipes.md#coordinator) opens tasks for what is assigned to an account.',
  'trigger.raise': '[Events and streams](../events-and-streams.md) says how to listen for triggers.',
};

interface Repeat {
  readonly short: string;
  readonly long: string;
}

const REPEATS: Readonly<Record<Action['idempotency'], Repeat>> = {
  key: {
    short: 'recognised by a key',
    long: 'It carries a key by which it is recognised: nothing happens twice.',
  },
  marker: {
    short: 'recognised by a hidden mark',
    long: 'It is recognised by a hidden mark in the text, which is looked for before anything is written. Nothing happens twice.',
  },
  none: {
    short: 'not recognised: the run asks you, or sends again',
    long: 'The other side cannot recognise it. When a crash or a lost answer leaves open whether it happened, the run [waits for you](../runs.md#when-the-outcome-is-unknown). With `onUnknown: resend` in the rule it sends again instead.',
  },
};

/** Of a state that is made so on a forge, rather than something that is added each time. */
const WANTED_STATE: Repeat = {
  short: 'what is as wanted is left alone',
  long: 'What is already as wanted is left alone, and the run ends as `unchanged`.',
};

/** A trigger is an event, made by the transaction that matches the rule. */
const IN_TRANSACTION: Repeat = {
  short: 'cannot happen',
  long: 'It happens with the event, in one transaction, so there is no attempt that could be repeated.',
};

function toRepeat({ name, idempotency, needs }: Action): Repeat {
  if (name === TRIGGER_ACTION) return IN_TRANSACTION;
  return idempotency === 'key' && needs.length > 0 ? WANTED_STATE : REPEATS[idempotency];
}

function toIndexPage(): string {
  const placed = new Set(Object.values(PURPOSES).flat());
  const strays = RULE_ACTIONS.filter(({ name }) => !placed.has(toFamily(name)));
  if (strays.length > 0) throw new Error(`${strays[0]?.name} has no purpose in scripts/docs/action-pages.ts`);
  const sections = Object.entries(PURPOSES).flatMap(([purpose, families]) => [
    `## ${purpose}`,
    toTable(
      ['Action', 'What it does', 'Needs', 'A repeat', 'In a repository’s own rules', 'Limits'],
      RULE_ACTIONS.filter(({ name }) => families.includes(toFamily(name))).map(toIndexRow),
    ),
  ]);
  return [
    GENERATED_NOTE,
    '# Actions',
    'What a rule can do. An action stands in `do`, with its input:',
    '```yaml\nrules:\n  - name: a release is published\n    on: release.published\n    do: { ntfy.notify: { topic: our-releases-x7k2 } }\n```',
    'The same from the command line, for the version that you run:',
    '```sh\n./fettle rules actions\n./fettle rules actions matrix.notify\n```',
    '"A repeat" says what happens when an attempt is made again after a crash or a lost answer; [runs](../runs.md#what-is-never-done-twice) explains it. "Limits" are the longest time of one attempt, which `timeout` in a rule changes, and how many attempts go to one destination at a time. Rules of repositories may use an action only where [the hub allows it](../rules.md#rules-that-repositories-bring-along).',
    ...sections,
  ].join('\n\n');
}

function toIndexRow(action: Action): string[] {
  const { name, summary, allowedInRepository } = action;
  return [
    `[${name}](${name}.md)`,
    summary,
    toShortNeeds(action),
    toRepeat(action).short,
    allowedInRepository ? 'if allowed' : 'never',
    name === TRIGGER_ACTION ? 'none' : `${toTime(action.timeoutMs)}, ${action.concurrency} at a time`,
  ];
}

function toShortNeeds({ name, needs }: Action): string {
  const settings = SETTINGS[name];
  const options = settings === undefined ? [] : [`the options ${toCode(`${settings}.*`)}`];
  return [...options, ...needs.map((need) => `a forge with ${need}`)].join(', ') || 'nothing';
}

function toActionPage(action: Action): string {
  const guide = GUIDES[action.name];
  return [
    GENERATED_NOTE,
    `# ${action.name}`,
    action.summary,
    ...action.examples.flatMap(({ title, yaml }) => [`${title}:`, toExample(yaml)]),
    '## Input',
    'A field marked _template_ may hold `{{ … }}` for [fields of the event](../event-model.md), see [templates](../rules.md#templates). A _reference_ names a secret instead of holding it: `${env:NAME}`, `${file:/path}` or `${cmd:pass show x}`.',
    ...listForms(action).flatMap(toFormSection),
    '## Good to know',
    toFacts(action),
    ...(guide === undefined ? [] : [guide]),
    'All actions: [index](README.md).',
  ].join('\n\n');
}

function toExample(yaml: string): string {
  const lines = yaml.trimEnd().split('\n');
  return ['```yaml', 'do:', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

function toFormSection({ when, fields }: ActionForm): string[] {
  const about = when === null ? [] : [`### ${when.field}: ${when.value}`, when.description];
  return [...about, fields.length === 0 ? 'It takes nothing.' : toFieldsTable(fields)];
}

function toFieldsTable(fields: readonly ActionField[]): string {
  return toTable(
    ['Field', 'Meaning', 'Takes', 'Left out'],
    fields.map(({ path, description, allowed, isRequired, initial }) => [
      toCode(path),
      description,
      toShortAllowed(allowed),
      isRequired ? '**required**' : initial === undefined ? '' : toCode(toShown(initial)),
    ]),
  );
}

function toShown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What templates and references are is said once on the page, not in each row. */
function toShortAllowed(allowed: string): string {
  return allowed
    .replaceAll('text, with `{{ … }}` for fields of the event', '_template_')
    .replaceAll(
      'a reference such as ${env:NAME}, ${file:/path} or ${cmd:pass show x}, not the secret itself',
      '_reference_',
    );
}

function toFacts(action: Action): string {
  const { name, needs, timeoutMs, concurrency, allowedInRepository } = action;
  const settings = SETTINGS[name];
  const options = toOptionRows().filter(({ path }) => settings !== undefined && path.startsWith(`${settings}.`));
  return [
    ...(options.length === 0
      ? []
      : [
          `- **Needs** the options ${options.map(({ path }) => toCode(path)).join(', ')} of the hub: [configuration](../configuration.md#options).`,
        ]),
    ...needs.map(toAbilityFact),
    `- **A repeat:** ${toRepeat(action).long}`,
    ...(name === TRIGGER_ACTION
      ? []
      : [
          `- **Limits:** one attempt takes ${toTime(timeoutMs)} at most; ${concurrency} at a time go to one destination.`,
        ]),
    `- **Rules of repositories:** ${allowedInRepository ? 'may use it, where [the hub allows it](../rules.md#rules-that-repositories-bring-along).' : 'may never use it.'}`,
  ].join('\n');
}

function toAbilityFact(need: ForgeAbility): string {
  return `- **Needs** a forge that has ${need}, and a \`token\` for it that may write: ${listKindsWith(need).join(', ')}.`;
}

function toFamily(name: string): string {
  return name.split('.')[0] ?? '';
}

function toPath(name: string): string {
  return `docs/actions/${name}.md`;
}

function toTime(durationMs: number): string {
  return durationMs < 60_000 ? `${durationMs / 1000} s` : `${Math.round(durationMs / 60_000)} min`;
}
