import { z } from 'zod';
import type { Principal } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunFilter } from '../../store/run-list.ts';
import type { RunState } from '../../store/run-tables.ts';
import { toFilter } from '../../stream/filter.ts';
import { RUN_STATES } from './run-shapes.ts';

const MAX_VALUES = 100;

/** Text that the database can hold. */
export const QueryText = z
  .string()
  .min(1)
  .max(1_000)
  .refine((text) => !text.includes('\0'), 'holds a NUL character');

/** Nothing where a filter was given would take everything, so it is refused. */
const values = (about: string) =>
  z
    .union([QueryText, z.array(QueryText).min(1).max(MAX_VALUES)])
    .optional()
    .describe(about);

/** The filters of lists and of what is done to many runs at once. */
const FILTERS = {
  state: values('State, or several separated by commas.'),
  action: values('Name of an action, such as `matrix.notify`, or several separated by commas.'),
  rule: values('Name of a rule; may be repeated.'),
  forge: values('Name of a forge, or several separated by commas.'),
  repo: values('Glob over full repository names, such as `dataforge/*`; `!` negates, case is ignored.'),
  destination: values('Where effects go, as runs show it; may be repeated.'),
  event: values('Id of an event; may be repeated.'),
  delivery: values('Our id of a delivery; may be repeated.'),
  chain: values('Id of a chain; may be repeated.'),
};

/** A parameter nobody knows is refused: a misspelt filter would otherwise take everything. */
export const RunQuery = z.strictObject({
  ...FILTERS,
  before: z.coerce.number().int().min(0).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Which runs something is done to; at least one filter must be given. */
export const RunSelection = z.strictObject({
  ...FILTERS,
  dryRun: z.boolean().default(false).describe('Only count.'),
});

type Filters = Omit<z.infer<typeof RunSelection>, 'dryRun'>;

/** @throws FettleError `invalid_request`, naming the parameter. */
export function toRunFilter(query: Filters, principal: Principal): RunFilter {
  const { forges, repos, scopes } = toFilter({ forge: query.forge, repo: query.repo }, principal);
  return {
    states: split('state', query.state).map(toState),
    actions: split('action', query.action),
    rules: list(query.rule),
    destinations: list(query.destination),
    events: toIds('event', query.event),
    deliveries: toIds('delivery', query.delivery),
    chains: toIds('chain', query.chain),
    forges: ensureAny('forge', query.forge, forges),
    repos: ensureAny('repo', query.repo, repos),
    scopes,
  };
}

/** Whether a filter names anything; scopes are not of the caller's choice. */
export function hasCondition({ scopes: _scopes, ...filter }: RunFilter): boolean {
  return Object.values(filter).some((wanted: readonly string[]) => wanted.length > 0);
}

type Given = string | readonly string[] | undefined;

function list(given: Given): readonly string[] {
  return given === undefined ? [] : [given].flat();
}

function split(parameter: string, given: Given): readonly string[] {
  const texts = list(given)
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
  if (texts.length > MAX_VALUES) throw invalid(parameter, `it has more than ${MAX_VALUES} values`);
  return ensureAny(parameter, given, texts);
}

function ensureAny(parameter: string, given: Given, wanted: readonly string[]): readonly string[] {
  if (given === undefined || wanted.length > 0) return wanted;
  throw invalid(parameter, 'it has no value; leave it out to ask for everything');
}

function toState(text: string): RunState {
  const state = RUN_STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw invalid('state', `${JSON.stringify(text)} is none of ${RUN_STATES.join(', ')}`);
}

function toIds(parameter: string, given: Given): readonly string[] {
  const ids = list(given);
  const wrong = ids.find((id) => !z.uuid().safeParse(id).success);
  if (wrong !== undefined) throw invalid(parameter, `${JSON.stringify(wrong)} is not an id`);
  return ids;
}

function invalid(parameter: string, why: string): FettleError {
  return new FettleError('invalid_request', `The parameter ${parameter} cannot be used: ${why}.`);
}
