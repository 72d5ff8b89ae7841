import { z } from 'zod';
import { createGlobMatcher } from '../core/glob.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { FORGE_KINDS, FORGE_NAME_PATTERN } from '../core/vocabulary.ts';
import { OPTION_LIST } from './options.ts';
import { RECIPE_NAMES, RECIPES } from './recipes.ts';
import { HttpUrl, SecretText, Text, textOrList } from './shapes.ts';

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
      .describe('Login names of the hub’s own further accounts there; what they do never raises a trigger.'),
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

const TriggerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .meta({ title: 'a trigger name of lower-case letters, digits and hyphens', examples: ['pipeline'] });

/** The actions a rule may name, one row each. An action is written as a map with its name as the only key. */
const Action = z
  .strictObject({ trigger: TriggerName.optional().describe('Raise this trigger: an event of its own on the stream.') })
  .meta({ minProperties: 1, maxProperties: 1 });

/** The names of the actions that exist. */
export const ACTION_NAMES = Object.keys(Action.shape);

/** Longest expression, in characters. */
const EXPRESSION_LIMIT = 4096;

const RuleEntry = z
  .strictObject({
    name: Text.max(100)
      .describe('Name of the rule, unlike every other.')
      .meta({ title: 'a name of 1 to 100 characters' }),
    on: textOrList(EventTypes).describe('Event types, or globs over them; `!` in front excludes.'),
    repos: textOrList(Text)
      .prefault([])
      .describe(
        'Globs over full repository names, such as `dataforge/*`; `!` in front excludes. Without it all match.',
      ),
    if: Text.max(EXPRESSION_LIMIT)
      .optional()
      .describe('Condition over the fields of the event, in CEL; absent fields are null.')
      .meta({ title: 'a CEL expression', examples: ['label == "start-pipeline"'] }),
    permission: z
      .enum(['read', 'write', 'admin'])
      .optional()
      .describe('Least permission on the repository that the actor must have.'),
    do: z.union([Action, z.array(Action).length(1)]).describe('What happens: an action, or a list with one action.'),
  })
  .describe('One rule.');

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
  recipes: z.array(RecipeEntry).prefault([]).describe('Named bundles of rules that are switched on.'),
  rules: z.array(RuleEntry).prefault([]).describe('Which events cause which actions.'),
};

/** The whole file. Its output is typed only for the parts below; options are read by path, see `to-config.ts`. */
export const ConfigFile = z.strictObject({ ...OPTION_SHAPE, ...PARTS });

/** The parts of the file besides the option table, read and with their defaults. */
export type ConfigParts = { [P in keyof typeof PARTS]: z.output<(typeof PARTS)[P]> };
