import type { Actor, BranchEnd, EventDraft } from '../../core/event.ts';
import { booleanAt, hasList, idAt, integerAt, type JsonObject, listAt, present, textAt, valueAt } from '../read.ts';
import { toActor, toLogins } from './native.ts';

/** Titles of labels, where the object or the payload has a list of them. */
export function findLabels(...holders: unknown[]): string[] | undefined {
  const holder = holders.find((candidate) => hasList(candidate, 'labels'));
  return holder === undefined ? undefined : toTitles(valueAt(holder, 'labels'));
}

export function toTitles(value: unknown): string[] {
  return listAt({ value }, 'value').flatMap((label) => textAt(label, 'title') ?? []);
}

/** Account names of the present assignees or reviewers. GitLab leaves the list out when it is empty; the ids then say so. */
export function findPeople(payload: JsonObject, subject: unknown, noun: 'assignee' | 'reviewer'): string[] | undefined {
  if (hasList(payload, `${noun}s`)) return toLogins(valueAt(payload, `${noun}s`));
  if (hasList(subject, `${noun}_ids`) && listAt(subject, `${noun}_ids`).length === 0) return [];
  const single = textAt(payload, noun, 'username');
  return single === undefined ? undefined : [single];
}

/** Who opened a subject, which GitLab tells by id only: found when that person takes part in the event. */
export function findAuthor(payload: JsonObject, subject: unknown): Actor | undefined {
  const authorId = idAt(subject, 'author_id');
  if (authorId === undefined) return undefined;
  const known = [valueAt(payload, 'user'), ...listAt(payload, 'assignees'), ...listAt(payload, 'reviewers')];
  return toActor(known.find((user) => idAt(user, 'id') === authorId));
}

/** `open`, `closed` or `merged`, from the word or from the number of bodies that tell only that; `locked` is a merge under way. */
export function findState(subject: unknown): string | undefined {
  const word =
    textAt(subject, 'state') ?? ['opened', 'closed', 'merged', 'locked'][(integerAt(subject, 'state_id') ?? 0) - 1];
  if (word === 'opened' || word === 'reopened' || word === 'locked') return 'open';
  return word === 'closed' || word === 'merged' ? word : undefined;
}

/** The fields of a merge request within its own events, notes and pipelines. */
export function toPullFields(mergeRequest: unknown): Partial<EventDraft> {
  const state = findState(mergeRequest);
  return {
    head: toBranchEnd(mergeRequest, 'source', textAt(mergeRequest, 'last_commit', 'id')),
    base: toBranchEnd(mergeRequest, 'target', undefined),
    draft: booleanAt(mergeRequest, 'draft') ?? booleanAt(mergeRequest, 'work_in_progress'),
    state,
    merged: state === undefined ? undefined : state === 'merged',
    mergeCommit: textAt(mergeRequest, 'merge_commit_sha'),
    locked: booleanAt(mergeRequest, 'discussion_locked'),
  };
}

function toBranchEnd(mergeRequest: unknown, side: 'source' | 'target', sha: string | undefined): BranchEnd | undefined {
  return present({
    ref: textAt(mergeRequest, `${side}_branch`),
    sha,
    repo: textAt(mergeRequest, side, 'path_with_namespace'),
  });
}
