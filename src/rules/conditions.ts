import type { CelInput } from '@bufbuild/cel';
import type { RuleConfig } from '../config/config.ts';
import type { Event } from '../core/event.ts';
import type { CompiledRule } from './compile-rule.ts';

/** An event on its way into the database: complete but for its place in the stream. */
export type UnsequencedEvent = Omit<Event, 'seq'>;

/** The conditions of a rule, in the order in which they are asked: the cheap ones first. */
export type ConditionName =
  | 'enabled'
  | 'on'
  | 'own'
  | 'stale'
  | 'trigger'
  | 'forges'
  | 'repos'
  | 'branches'
  | 'paths'
  | 'actors'
  | 'if'
  | 'permission';

const PERMISSION_RANKS = { none: 0, read: 1, write: 2, admin: 3 } as const;

/** The first condition of the rule but `permission` that the event does not meet; undefined when it meets all of them. */
export function findUnmet(
  rule: CompiledRule,
  event: UnsequencedEvent,
  bindings: () => Record<string, CelInput>,
): ConditionName | undefined {
  const { config } = rule;
  if (!config.enabled) return 'enabled';
  if (!rule.takes.type(event.type)) return 'on';
  const barrier = findBarrier(event);
  if (barrier !== undefined) return barrier;
  if (!rule.takes.forge(event.forge)) return 'forges';
  if (!takesOptional(config.repos, rule.takes.repo, event.repo?.fullName)) return 'repos';
  if (!takesOptional(config.branches, rule.takes.branch, toBranch(event))) return 'branches';
  if (config.paths.length > 0 && !takesPaths(rule, event)) return 'paths';
  if (!takesActor(rule, event)) return 'actors';
  if (rule.condition !== undefined && !rule.condition(bindings()).holds) return 'if';
  return undefined;
}

/**
 * Why no rule at all takes the event: the hub did it itself, it is older than the memory for delivery ids, or it is a trigger. A person
 * who replays an old event means it.
 */
export function findBarrier(event: UnsequencedEvent): 'own' | 'stale' | 'trigger' | undefined {
  if (event.type === 'trigger.raised') return 'trigger';
  if (event.own === true) return 'own';
  return event.stale === true && event.origin !== 'replay' ? 'stale' : undefined;
}

/** Where neither payload nor API tells the permission the rule matches; the event is marked `permission: unknown`. */
export function allowsPermission(wanted: RuleConfig['permission'], actual: Event['permission']): boolean {
  if (wanted === null || actual === undefined || actual === 'unknown') return true;
  return PERMISSION_RANKS[actual] >= PERMISSION_RANKS[wanted];
}

/** The branch an event is about; of a pull request the one that it is to go to. */
export function toBranch(event: UnsequencedEvent): string | undefined {
  return event.base?.ref ?? event.branch;
}

/** The files an event tells, and whether these are all. */
export interface ToldPaths {
  readonly paths: readonly string[];
  readonly areAll: boolean;
}

/**
 * A push tells files with its commits, if the forge sends them and has not cut the list; a comment within a review tells its file. Of all
 * other events nothing is known.
 */
export function toToldPaths(event: UnsequencedEvent): ToldPaths {
  if (event.path !== undefined) return { paths: [event.path], areAll: true };
  const { commits } = event;
  if (event.type !== 'push' || commits === undefined) return { paths: [], areAll: event.deleted === true };
  const lists = commits.map(({ added, modified, removed }) => [added, modified, removed]);
  const areTold = lists.every((list) => list.some((paths) => paths !== undefined));
  return {
    paths: lists.flat().flatMap((paths) => paths ?? []),
    areAll: areTold && (event.commitCount ?? commits.length) <= commits.length,
  };
}

/** One file that fits is enough. Files that the forge does not tell might fit, so that the rule rather acts than misses. */
function takesPaths(rule: CompiledRule, event: UnsequencedEvent): boolean {
  const { paths, areAll } = toToldPaths(event);
  return !areAll || paths.some((path) => rule.takes.path(path));
}

/** What is absent fits only where the rule does not ask. */
function takesOptional(globs: readonly string[], takes: (text: string) => boolean, text: string | undefined): boolean {
  return text === undefined ? globs.length === 0 : takes(text);
}

/** Somebody unknown is nobody in particular: not one of those who are named, and not one of those who are excluded. */
function takesActor({ config, takes }: CompiledRule, { actor }: UnsequencedEvent): boolean {
  if (actor !== undefined) return takes.actor(actor.login);
  return config.actors.every((glob) => glob.startsWith('!'));
}
