import { z } from 'zod';
import { secretReference, template } from './action-fields.ts';
import { duration, Text, textOrList } from './shapes.ts';
import { TASK_FIELDS } from './task-fields.ts';

/** A duration that stays text, because a rule hands it on as it is written. */
const Window = z
  .string()
  .refine((text) => duration('0s', '1d').safeParse(text).success)
  .meta({ title: 'a duration such as 30s or 1m, from 0s to 1d' });

/** As comments have it: a slash and a word. Case does not matter there. */
const Command = z
  .string()
  .regex(/^\/[A-Za-z][\w-]*$/)
  .meta({ title: 'a slash and a word, such as /agent' })
  .transform((word) => word.toLowerCase());

const Dag = z.strictObject({
  url: template('Address that starts the pipeline. A field of the event in it is always encoded as one part.').meta({
    escape: 'url',
  }),
  method: z.enum(['POST', 'PUT', 'GET', 'PATCH']).optional().describe('Method of the request; without it POST.'),
  headers: z.record(z.string(), template('Value of the header.')).optional().describe('Headers of the request.'),
  body: template('Body of the request; without it the event as JSON.').optional(),
  token: secretReference('Bearer token for the request, by reference.').optional(),
});

/**
 * The recipes that a configuration may name: what each is for, in one sentence, and its parameters. The rules that a recipe
 * stands for are built elsewhere. To add a recipe: add a row here and its rules there, run `npm run docs`.
 */
export const RECIPES = {
  'event-bridge': {
    summary:
      'Raises `pipeline`, `decision` and `lead-review` from labels, comment commands and pull requests that are opened or updated.',
    placeholders: {},
    parameters: z.strictObject({}),
  },
  'releases-monitor': {
    summary: 'Records pushes in the ledger, announces them in a Matrix room and starts a pipeline for each.',
    placeholders: { repos: 'owner/*', room: '#room:example.org' },
    parameters: z.strictObject({
      repos: textOrList(Text).describe('Globs over full repository names; `!` in front excludes.'),
      room: Text.describe('Matrix room, as an alias such as `#releases:example.org` or an id.'),
      window: Window.prefault('1m').describe(
        'Further pushes to the same repository within this time are added to the same message.',
      ),
      bots: z
        .enum(['skip', 'mark'])
        .prefault('skip')
        .describe('Pushes by bots: `skip` leaves them out, `mark` announces them as such.'),
      branches: textOrList(Text).prefault([]).describe('Globs over branches. Without it all.'),
      trigger: Text.prefault('webhook').describe('What the ledger names as the trigger of the run.'),
      node: template('Node of the ledger.').prefault('gitea_push_{{ repo.name }}'),
      dag: Dag.optional().describe('The pipeline to start for each push; without it none.'),
    }),
  },
  coordinator: {
    summary:
      'Makes work for coding agents of issues and pull requests that are assigned to a bot account, get a label or a command.',
    placeholders: { forge: 'home', assignee: 'mosaic' },
    parameters: z.strictObject({
      forge: textOrList(Text).describe('Name of the forge, or several, that the account is on.'),
      assignee: Text.describe('Login of the bot account.'),
      label: Text.optional().describe('A label that makes work of what gets it; without it none does.'),
      command: Command.optional().describe(
        'A command that makes work of what somebody comments with it, such as `/agent`; without it none does.',
      ),
      repos: textOrList(Text)
        .prefault([])
        .describe('Globs over full repository names; `!` in front excludes. Without it all.'),
      permission: z
        .enum(['read', 'write', 'admin'])
        .prefault('write')
        .describe('What whoever assigns, labels or comments must be allowed to do in the repository.'),
      ...TASK_FIELDS,
    }),
  },
} as const;

/** The name of a recipe. */
export type RecipeName = keyof typeof RECIPES;

/** All recipe names, in the order of the table. */
export const RECIPE_NAMES = Object.keys(RECIPES) as [RecipeName, ...RecipeName[]];
