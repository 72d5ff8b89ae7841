import type { Principal } from '../core/access.ts';
import { FettleError } from '../core/errors.ts';
import type { EventFilter } from '../core/event-filter.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { createGlobMatcher } from '../core/glob.ts';
import { FORGE_NAME_PATTERN } from '../core/vocabulary.ts';

/** The filter parameters of a request as they arrive: each may be repeated, and each may hold a comma list. */
export interface FilterQuery {
  readonly forge?: string | readonly string[] | undefined;
  readonly repo?: string | readonly string[] | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly action?: string | readonly string[] | undefined;
  readonly trigger?: string | readonly string[] | undefined;
  readonly actor?: string | readonly string[] | undefined;
  readonly label?: string | readonly string[] | undefined;
}

const MAX_VALUES = 100;
const MAX_VALUE_CHARACTERS = 256;
/** A glob becomes a backtracking expression whose worst case grows by one power of the name's length with each repetition. */
const MAX_REPETITIONS = 4;

/**
 * The filter that a request asks for, narrowed to what the principal may see.
 * @throws FettleError `invalid_request`, naming the parameter.
 */
export function toFilter(query: FilterQuery, principal: Principal | null): EventFilter {
  return {
    forges: toForges(toValues('forge', query.forge)),
    types: toTypes(toValues('type', query.type)),
    actions: toValues('action', query.action).map((action) => action.toLowerCase()),
    triggers: toValues('trigger', query.trigger),
    actors: toValues('actor', query.actor),
    labels: toValues('label', query.label),
    repos: toGlobs('repo', toValues('repo', query.repo)),
    scopes: principal?.scopes.repos ?? [],
  };
}

function toValues(parameter: string, given: string | readonly string[] | undefined): string[] {
  const texts = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  const values = new Set(
    texts
      // A comma inside braces belongs to a glob such as `{web,app}/*`.
      .flatMap((text) => text.split(/,(?![^{]*\})/))
      .map((value) => value.trim())
      .filter((value) => value !== ''),
  );
  if (values.size > MAX_VALUES)
    throw invalid(parameter, `it has ${values.size} values, at most ${MAX_VALUES} are taken`);
  for (const value of values) {
    if (value.length > MAX_VALUE_CHARACTERS)
      throw invalid(parameter, `a value is longer than ${MAX_VALUE_CHARACTERS} characters`);
    if (value.includes('\0')) throw invalid(parameter, 'a value holds a NUL character');
  }
  return [...values];
}

function toForges(forges: string[]): string[] {
  for (const forge of forges) {
    if (!FORGE_NAME_PATTERN.test(forge))
      throw invalid('forge', `"${forge}" is not a forge name; they look like home or github-work`);
  }
  return forges;
}

function toTypes(globs: string[]): string[] {
  if (globs.length === 0) return [];
  for (const glob of toGlobs('type', globs)) {
    const matches = createGlobMatcher([glob.replace(/^!/, '')]);
    if (!EVENT_TYPE_NAMES.some(matches))
      throw invalid('type', `"${glob}" matches no event type; examples are push, pull.opened and issue.*`);
  }
  const types = EVENT_TYPE_NAMES.filter(createGlobMatcher(globs));
  if (types.length === 0) throw invalid('type', `"${globs.join(',')}" leaves no event type over`);
  return types;
}

function toGlobs(parameter: string, globs: string[]): string[] {
  for (const glob of globs) {
    if (glob === '!') throw invalid(parameter, '"!" negates nothing; write !owner/name');
    // The glob library passes these on to a regular expression as they are.
    if (/[()|\\]/.test(glob)) throw invalid(parameter, `"${glob}" holds one of ( ) | \\, which globs here do not know`);
    if ((glob.match(/\*+|\+/g) ?? []).length > MAX_REPETITIONS)
      throw invalid(parameter, `"${glob}" has more than ${MAX_REPETITIONS} stars`);
  }
  return globs;
}

function invalid(parameter: string, why: string): FettleError {
  return new FettleError('invalid_request', `The parameter ${parameter} cannot be used: ${why}.`);
}
