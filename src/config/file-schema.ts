import { z } from 'zod';
import { createGlobMatcher } from '../core/glob.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { FORGE_KINDS, FORGE_NAME_PATTERN } from '../core/vocabulary.ts';
import { OPTION_LIST } from './options.ts';
import { RECIPE_NAMES, RECIPES } from './recipes.ts';
import { duration, HttpUrl, SecretText, Text, textOrList } from './shapes.ts';
import { AgentEntry } from './task-options.ts';

/** The schema of `fettle.yaml`: the option table as a tree, and beside it the forges, recipes and rules. */

/** Version that this program writes and reads without an upgrade. */
export const FILE_VERSION = 1;

const ForgeEntry = z
  .strictObject({
    kind: z.enum(FORGE_KINDS).describe('What software runs there.'),
    url: HttpUrl.optional().describe('Base address; may be left out for github.com, gitlab.com and bitbucket.org.'),
    token: SecretText.optional().describe('API token of the account that Fettle acts as.'),
    secret: textOrList(SecretText)
      .optional()
      .describe(
        'Webhook secret; several are all accepted while one replaces another. Without it one is generated and kept.',
      ),
    unsigned: z
      .boolean()
      .prefault(false)
      .describe(
        'Accept deliveries without any proof of origin. Only for a forge that cannot sign, on a trusted network.',
      ),
    insecure: z
      .boolean()
      .prefault(false)
      .describe('Accept a bare secret over plain HTTP from afar; for OneDev and older GitLab without TLS.'),
    accounts: textOrList(Text)
      .prefault([])
      .describe('Login names of the hub’s own further accounts there; what they do never makes a rule act.'),
  })
  .describe('One forge.');

/** The names of a forge's settings, in documentation order. */
export const FORGE_SETTINGS = Object.keys(ForgeEntry.shape) as (keyof typeof ForgeEntry.shape)[];

const EventTypes = Text.refine((glob) => matchesSomeType(glob)).meta({
  title: 'an event type such as issue.labeled, or a glob over types such as issue.*',
  examples: ['push', 'issue.*', '*.created', '!star.created'],
});

function matchesSomeType(glob: string): boolean {
  return EVENT_TYPE_NAMES.some(createGlobMatcher([glob.replace(/^!/, '')]));
}

/** An action is written as a map with its name as the only key; which names there are, and their inputs, is passed in. */
const Action = z.record(z.string(), z.unknown()).meta({ title: 'a map with the name of an action as its only key' });

/** Longest expression, in characters. */
const EXPRESSION_LIMIT = 4096;
/** Most actions of one rule. */
const ACTIONS_LIMIT = 50;

const Globs = textOrList(Text).prefault([]);

const RuleEntry = z
  .strictObject({
    name: Text.max(100)
      .describe('Name of the rule, unlike every other.')
      .meta({ title: 'a name of 1 to 100 characters' }),
    enabled: z.boolean().prefault(true).describe('`false` switches the rule off without deleting it.'),
    priority: z
      .number()
      .int()
      .min(-1000)
      .max(1000)
      .prefault(0)
      .describe('The actions of a rule with a higher priority are worked first.'),
    on: textOrList(EventTypes)
      .optional()
      .describe(
        'Event types, or globs over them; `!` in front excludes. May be left out only where there is a schedule.',
      ),
    schedule: Text.max(100)
      .optional()
      .describe('Times at which the rule acts without an event, as five cron fields.')
      .meta({ title: 'five cron fields: minute, hour, day, month, weekday', examples: ['0 7 * * MON-FRI'] }),
    timezone: Text.optional()
      .describe('Time zone of the schedule; without it UTC.')
      .meta({ title: 'the name of a time zone such as Europe/Berlin' }),
    forges: Globs.describe('Globs over forge names; `!` in front excludes. Without it all match.'),
    repos: Globs.describe(
      'Globs over full repository names, such as `dataforge/*`; `!` in front excludes. Without it all match.',
    ),
    branches: Globs.describe(
      'Globs over the branch, for a pull request the one it is to go to; `!` in front excludes. Without it all match.',
    ),
    paths: Globs.describe('Globs over the files that the commits of a push touch; one file that matches is enough.'),
    actors: Globs.describe('Globs over the login of who did it; `!` in front excludes. Without it all match.'),
    notActors: Globs.describe('The same as `!` in front of each in `actors`.'),
    if: Text.max(EXPRESSION_LIMIT)
      .optional()
      .describe('Condition over the fields of the event, in CEL; absent fields are null.')
      .meta({ title: 'a CEL expression', examples: ['label == "start-pipeline"'] }),
    permission: z
      .enum(['read', 'write', 'admin'])
      .optional()
      .describe('Least permission on the repository that the actor must have.'),
    do: z
      .union([Action, z.array(Action).min(1).max(ACTIONS_LIMIT)])
      .describe('What happens: an action, or a list of actions.'),
    mode: z
      .enum(['parallel', 'sequential'])
      .prefault('parallel')
      .describe('`sequential`: each action waits until the one before it has succeeded.'),
    retry: z
      .strictObject({
        for: duration('0s', '90d').optional().describe('How long an action is tried again after it failed.'),
        attempts: z.number().int().min(1).max(1000).optional().describe('How often it is tried in all.'),
      })
      .prefault({})
      .describe('How long and how often; without it the option `runs.retryFor` counts.'),
    timeout: duration('1s', '1d').optional().describe('Longest time of one attempt; without it the action decides.'),
    onUnknown: z
      .enum(['resend', 'stop'])
      .prefault('stop')
      .describe(
        'When nobody can tell whether a message went out before a crash: send it again, or stop and ask a person.',
      ),
  })
  .describe('One rule.');

/** Keys that the rules of a repository do not have: they only ever match events of their own repository, and wait their turn. */
export const HUB_ONLY_KEYS = ['forges', 'repos', 'schedule', 'timezone', 'priority'] as const;

/** One rule in the file of a repository. */
export const RepositoryRuleEntry = RuleEntry.omit({
  forges: true,
  repos: true,
  schedule: true,
  timezone: true,
  priority: true,
});

const RepositoryRulesEntry = z
  .strictObject({
    forges: Globs.describe('Globs over forge names. Without it all match.'),
    repos: textOrList(Text).describe('Globs over full names of the repositories whose own rules are read.'),
    actions: textOrList(Text).describe('Names of the actions that these rules may use.'),
    reach: Globs.describe(
      'Globs over what their actions may reach: `room:#team-*`, `host:hooks.example.org`, `address:*@example.org`.',
    ),
  })
  .describe('What the rules of some repositories may do.');

const recipeForms = RECIPE_NAMES.map((name) =>
  z.strictObject({ [name]: RECIPES[name].parameters.describe(RECIPES[name].summary) }),
);

const RecipeEntry = z
  .union([z.enum(RECIPE_NAMES), ...recipeForms])
  .describe('A recipe: its name, or its name with parameters.');

type OptionTree = { [key: string]: z.ZodType | OptionTree };

function toOptionShape(): Record<string, z.ZodType> {
  const tree: OptionTree = {};
  for (const option of OPTION_LIST) {
    const keys = option.path.split('.');
    const leaf = keys.pop() ?? option.path;
    let branch = tree;
    for (const key of keys) branch = (branch[key] ??= {}) as OptionTree;
    branch[leaf] = option.schema.prefault(option.default).describe(option.summary);
  }
  return toShape(tree);
}

function toShape(tree: OptionTree): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(tree).map(([key, entry]) => [
      key,
      entry instanceof z.ZodType ? entry : z.strictObject(toShape(entry)).prefault({}),
    ]),
  );
}

const OPTION_SHAPE = toOptionShape();

/** The parts of the file besides the option table. */
const PARTS = {
  version: z
    .literal(FILE_VERSION)
    .prefault(FILE_VERSION)
    .describe('Version of this file format. Later versions of Fettle keep reading it.'),
  forges: z
    .record(
      z.string().regex(FORGE_NAME_PATTERN).meta({ title: 'a name of lower-case letters, digits and hyphens' }),
      ForgeEntry,
    )
    .prefault({})
    .describe('The forges, by name. The name is part of the webhook address: `/webhook/<name>`.'),
  agents: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
        .meta({ title: 'a name of letters, digits, dots, hyphens and underscores' }),
      AgentEntry,
    )
    .prefault({})
    .describe('The agents that may claim tasks, by name. Without any, every agent may claim every task.'),
  vars: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_]\w*$/)
        .meta({ title: 'a name of letters, digits and underscores' }),
      z.string(),
    )
    .prefault({})
    .describe('Texts of your own, by name, for templates (`{{ vars.room }}`) and conditions (`vars.room`).'),
  recipes: z.array(RecipeEntry).prefault([]).describe('Named bundles of rules that are switched on.'),
  rules: z.array(RuleEntry).prefault([]).describe('Which events cause which actions.'),
  repositoryRules: z
    .array(RepositoryRulesEntry)
    .prefault([])
    .describe('Repositories whose own `.fettle.yaml`, on the default branch, may add rules. Without it none.'),
};

/** Most rules in the file of a repository. */
const REPOSITORY_RULES_LIMIT = 50;

/** The `.fettle.yaml` of a repository; its rules are read one by one, so that a broken one leaves the others in force. */
export const RepositoryFile = z.strictObject({
  version: PARTS.version,
  vars: PARTS.vars,
  rules: z.array(z.unknown()).max(REPOSITORY_RULES_LIMIT).prefault([]),
});

/** The whole file. Its output is typed only for the parts below; options are read by path, see `to-config.ts`. */
export const ConfigFile = z.strictObject({ ...OPTION_SHAPE, ...PARTS });

/** The parts of the file besides the option table, read and with their defaults. */
export type ConfigParts = { [P in keyof typeof PARTS]: z.output<(typeof PARTS)[P]> };
