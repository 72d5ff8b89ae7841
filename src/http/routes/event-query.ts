import { z } from 'zod';

/** The parameters that the stream and the activity log share. */
const values = (about: string) =>
  z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe(`${about} A comma list, or repeated; any of them matches.`);

const cursor = (about: string) =>
  z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().describe(about);

const FILTERS = {
  forge: values('Name of a forge.'),
  repo: values('Glob over full repository names, such as `dataforge/*`; `!` negates, case is ignored.'),
  type: values('Event type or glob, such as `push` or `pull.*`; `!` negates.'),
  action: values('Verb of the type, such as `opened`, or the forge’s own action.'),
  trigger: values('Name of a trigger.'),
  actor: values('Login of who did it.'),
  label: values('The label gained or lost.'),
};

/** A parameter nobody knows is refused: a misspelt filter would otherwise show everything. */
export const StreamQuery = z.strictObject({
  ...FILTERS,
  after: cursor('Only events with a greater `seq`. Without it, and without `Last-Event-ID`, from now on.'),
  wait: z.coerce.number().min(0).max(60).default(25).describe('For JSON: seconds to wait for an event.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('For JSON: events per answer.'),
});

export const ActivityQuery = z.strictObject({
  ...FILTERS,
  after: cursor('Only events with a greater `seq`.'),
  before: cursor('Only events with a smaller `seq`.'),
  order: z
    .enum(['asc', 'desc'])
    .optional()
    .describe('By `seq`. Without it newest first; oldest first with `after` or `format=jsonl`.'),
  limit: z.coerce.number().int().min(0).optional().describe('For JSON default 100, at most 1000; for JSON Lines all.'),
  format: z.enum(['json', 'jsonl']).default('json').describe('One JSON document, or one event per line, streamed.'),
});
