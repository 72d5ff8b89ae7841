import { isEventType } from './event-types.ts';
import type { Event } from './event.ts';
import { createGlobMatcher } from './glob.ts';

/**
 * One filter for the stream, the activity log and replay. A list that is empty asks for nothing; the parameters are joined
 * by "and", the values of one parameter by "or". An event that lacks what a parameter asks for does not match.
 */
export interface EventFilter {
  readonly forges: readonly string[];
  /** Names from the list of event types; globs are already resolved. */
  readonly types: readonly string[];
  /** Verbs of types (`opened`) or the forge's own actions (`label_updated`), lower case. */
  readonly actions: readonly string[];
  readonly triggers: readonly string[];
  readonly actors: readonly string[];
  /** The one label that an event gained or lost. */
  readonly labels: readonly string[];
  /** Globs over full repository names, `!` negates; case is ignored. */
  readonly repos: readonly string[];
  /** The principal's own globs, in addition to `repos`; when there are any, an event without a repository is not seen. */
  readonly scopes: readonly string[];
}

/** What a filter looks at: the columns beside an event. */
export interface EventFields {
  readonly forge: string;
  readonly type: string;
  readonly repo: string | null;
  readonly actor: string | null;
  readonly label: string | null;
  readonly trigger: string | null;
  /** The forge's own action, lower case. */
  readonly action: string | null;
}

/** The filter that takes everything. */
export const EVERY_EVENT: EventFilter = {
  forges: [],
  types: [],
  actions: [],
  triggers: [],
  actors: [],
  labels: [],
  repos: [],
  scopes: [],
};

/** Whether a filter takes everything. */
export function isUnfiltered(filter: EventFilter): boolean {
  return Object.values(filter).every((values: readonly string[]) => values.length === 0);
}

/** What a filter looks at in a whole event. */
export function toEventFields(event: Omit<Event, 'seq'>): EventFields {
  return {
    forge: event.forge,
    type: event.type,
    repo: event.repo?.fullName ?? null,
    actor: event.actor?.login ?? null,
    label: event.label ?? null,
    trigger: event.trigger ?? null,
    action: event.native?.action?.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) ?? null,
  };
}

/** The verb of a type: `opened` for `pull.opened`; null for a bare noun. */
export function toVerb(type: string): string | null {
  const dot = type.indexOf('.');
  return dot === -1 ? null : type.slice(dot + 1);
}

/** A filter made ready: calling it tells whether an event matches. */
export function createEventMatcher(filter: EventFilter): (event: EventFields) => boolean {
  if (isUnfiltered(filter)) return () => true;
  const forge = createListMatcher(filter.forges);
  const type = createListMatcher(filter.types);
  const trigger = createListMatcher(filter.triggers);
  const actor = createListMatcher(filter.actors);
  const label = createListMatcher(filter.labels);
  const action = createActionMatcher(filter.actions);
  const repo = createRepoMatcher(filter.repos);
  const scope = createRepoMatcher(filter.scopes);
  return (event) =>
    forge(event.forge) &&
    type(event.type) &&
    trigger(event.trigger) &&
    actor(event.actor) &&
    label(event.label) &&
    action(event) &&
    repo(event.repo) &&
    scope(event.repo);
}

/** A matcher for repository names; globs that ask for anything refuse an event without a repository. */
export function createRepoMatcher(globs: readonly string[]): (repo: string | null) => boolean {
  if (globs.length === 0) return () => true;
  const matches = createGlobMatcher(globs);
  return (repo) => repo !== null && matches(repo);
}

function createListMatcher(values: readonly string[]): (value: string | null) => boolean {
  if (values.length === 0) return () => true;
  const wanted = new Set(values);
  return (value) => value !== null && wanted.has(value);
}

function createActionMatcher(actions: readonly string[]): (event: EventFields) => boolean {
  if (actions.length === 0) return () => true;
  const wanted = new Set(actions);
  return (event) => {
    const verb = isEventType(event.type) ? toVerb(event.type) : null;
    return (verb !== null && wanted.has(verb)) || (event.action !== null && wanted.has(event.action));
  };
}
