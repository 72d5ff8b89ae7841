import type { EventDraft } from '../../core/event.ts';
import { type JsonObject, objectAt, toStorableText } from '../read.ts';

/** A delivery while it is being read: its event key, its body, and the fields that every draft of it has. */
export interface Native {
  readonly event: string;
  readonly payload: JsonObject;
  readonly base: Omit<EventDraft, 'type'>;
}

/** What one event key means, in the words of Fettle. An empty list stands for a body that lacks what the key promises. */
export type Reader = (native: Native) => readonly EventDraft[];

/** The object id that stands for "no object". */
export const ZEROS = '0'.repeat(40);

/** Names of the properties of `changes` whose sides differ or are told. */
export type Changes = NonNullable<EventDraft['changes']>;

/** The fields that an edit of Bitbucket Cloud names, with what it says of each: `changes.<field>.{old,new}`. */
export function listChangedFields(payload: JsonObject): readonly (readonly [field: string, change: unknown])[] {
  return Object.entries(objectAt(payload, 'changes') ?? {})
    .filter(([field]) => field !== '__proto__')
    .map(([field, change]) => [toStorableText(field, 100), change]);
}

/** A verified delivery without a type of its own. */
export function toUnknown({ base }: Native, reason: string): EventDraft {
  return { ...base, type: 'unknown', reason };
}

/** `branch` and `ref` or `tag` and `ref` of a short name. */
export function toRefFields(name: string, isTag: boolean): Pick<EventDraft, 'ref' | 'branch' | 'tag'> {
  return isTag ? { ref: `refs/tags/${name}`, tag: name } : { ref: `refs/heads/${name}`, branch: name };
}

/**
 * The events of one moved ref: a push, and beside it `created` or `deleted` of the branch or tag, because neither Bitbucket
 * has a hook of its own for that.
 */
export function toPushDrafts(push: EventDraft): readonly EventDraft[] {
  const { created, deleted, tag, ref, branch, sha, before, after, ...base } = push;
  if (created !== true && deleted !== true) return [push];
  const noun = tag === undefined ? 'branch' : 'tag';
  const { commits: _commits, commitCount: _commitCount, forced: _forced, compareUrl: _compareUrl, ...rest } = base;
  const edge: EventDraft = {
    ...rest,
    type: deleted === true ? `${noun}.deleted` : `${noun}.created`,
    ref,
    branch,
    tag,
    sha: sha ?? (deleted === true ? before : after),
  };
  return [push, edge];
}
