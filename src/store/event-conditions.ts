import { type RawBuilder, sql } from 'kysely';
import type { EventFilter } from '../core/event-filter.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { toVerb } from '../core/event-filter.ts';

/** A piece of SQL that is true or false. */
export type Condition = RawBuilder<boolean>;

/** The indexed form of a repository name: ASCII letters in lower case, whatever the locale of the database. */
export const REPO_KEY = sql<string>`lower(repo collate "C")`;

/**
 * A filter as conditions over the columns of `events`. Exact for all parameters but the repository globs: of those only the fixed
 * beginning is checked here, so whoever reads the rows must ask `createEventMatcher` as well.
 */
export function toSqlConditions(filter: EventFilter): Condition[] {
  const conditions: Condition[] = [];
  if (filter.forges.length > 0) conditions.push(isOneOf(sql`forge`, filter.forges));
  if (filter.types.length > 0) conditions.push(isOneOf(sql`type`, filter.types));
  if (filter.triggers.length > 0) conditions.push(isOneOf(sql`trigger`, filter.triggers));
  if (filter.actors.length > 0) conditions.push(isOneOf(sql`actor`, filter.actors));
  if (filter.labels.length > 0) conditions.push(isOneOf(sql`label`, filter.labels));
  if (filter.actions.length > 0) {
    const types = toTypesWithVerb(filter.actions);
    const native = isOneOf(sql`action`, filter.actions);
    conditions.push(types.length === 0 ? native : sql<boolean>`(${isOneOf(sql`type`, types)} or ${native})`);
  }
  for (const globs of [filter.repos, filter.scopes]) {
    if (globs.length > 0) conditions.push(toRepoCondition(globs));
  }
  return conditions;
}

/** The event types whose verb is one of these actions. */
export function toTypesWithVerb(actions: readonly string[]): string[] {
  return EVENT_TYPE_NAMES.filter((type) => actions.includes(toVerb(type) ?? ''));
}

/**
 * The fixed beginnings of the positive globs, in the indexed form, without those that another one covers; null when a glob has none
 * or only negations are given. A beginning ends before the first character that is special in a glob or not ASCII.
 */
export function toRepoPrefixes(globs: readonly string[]): { prefixes: string[]; exact: boolean } | null {
  const positive = globs.filter((glob) => !glob.startsWith('!'));
  // A bar or bracket may stand for alternatives that begin differently.
  if (positive.length === 0 || positive.some((glob) => /[|()]/.test(glob))) return null;
  const prefixes = new Set<string>();
  let exact = positive.length === globs.length;
  for (const glob of positive) {
    const prefix = /^[A-Za-z0-9_./ -]*/.exec(glob)?.[0] ?? '';
    if (prefix !== glob || prefix.startsWith('./')) exact = false;
    if (prefix === '' || prefix.startsWith('./')) return null;
    prefixes.add(prefix.toLowerCase());
  }
  return { prefixes: [...prefixes], exact };
}

/** The range of keys that begin with a prefix: from the prefix itself up to, not including, the first key after them all. */
export function isInPrefix(column: RawBuilder<string>, prefix: string): Condition {
  const last = prefix.charCodeAt(prefix.length - 1);
  const end = prefix.slice(0, -1) + String.fromCharCode(last + 1);
  return sql<boolean>`(${column} >= ${prefix} and ${column} < ${end})`;
}

/** `and` over conditions; true when there are none. */
export function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join([...conditions], sql` and `)})`;
}

function toRepoCondition(globs: readonly string[]): Condition {
  const beginning = toRepoPrefixes(globs);
  if (beginning === null) return sql<boolean>`repo is not null`;
  if (beginning.exact) return isOneOf(REPO_KEY, beginning.prefixes);
  return sql<boolean>`(${sql.join(
    beginning.prefixes.map((prefix) => isInPrefix(REPO_KEY, prefix)),
    sql` or `,
  )})`;
}

function isOneOf(column: RawBuilder<unknown>, values: readonly string[]): Condition {
  return values.length === 1
    ? sql<boolean>`${column} = ${values[0]}`
    : sql<boolean>`${column} = any(${[...values]}::text[])`;
}
