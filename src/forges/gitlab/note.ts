import type { EventDraft } from '../../core/event.ts';
import { bodyAt, idAt, integerAt, type JsonObject, numberAt, objectAt, textAt, timeAt, valueAt } from '../read.ts';
import { findConfidential } from './issue.ts';
import { type Source, toBase, toDraft } from './native.ts';
import { findLabels, findState, toPullFields } from './subject.ts';

/**
 * Comments. `noteable_type` says on what; a `DiffNote` on a merge request is about lines. The action is told since 16.11; before that,
 * notes were sent when they were written.
 */
export function toNoteDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const note = objectAt(payload, 'object_attributes');
  const on = textAt(note, 'noteable_type');
  const verb = source.action === 'update' ? 'edited' : 'created';
  const onLines = on === 'MergeRequest' && isAboutLines(note);
  return [
    toDraft({
      ...toBase(source),
      type: onLines ? `review_comment.${verb}` : `comment.${verb}`,
      occurredAt: timeAt(note, 'updated_at') ?? timeAt(note, 'created_at'),
      ...toSubjectFields(payload, on),
      confidential: findConfidential(source, valueAt(payload, 'issue')),
      body: bodyAt(note, 'note') ?? bodyAt(note, 'description'),
      url: textAt(note, 'url'),
      commentId: idAt(note, 'id'),
      threadId: idAt(note, 'discussion_id'),
      ...toPlace(payload, note),
    }),
  ];
}

function isAboutLines(note: unknown): boolean {
  return textAt(note, 'type') === 'DiffNote' || textAt(note, 'line_code') !== undefined;
}

/** The issue or merge request commented on; commits and snippets have no number. */
function toSubjectFields(payload: JsonObject, on: string | undefined): Partial<EventDraft> {
  if (on === 'MergeRequest') {
    const mergeRequest = objectAt(payload, 'merge_request');
    return { subject: 'pull', ...toSubject(mergeRequest), ...toPullFields(mergeRequest) };
  }
  if (on === 'Issue') {
    const issue = objectAt(payload, 'issue');
    return { subject: 'issue', ...toSubject(issue), state: findState(issue) };
  }
  return { title: textAt(payload, 'snippet', 'title') };
}

function toSubject(subject: unknown): Partial<EventDraft> {
  return { number: numberAt(subject, 'iid'), title: textAt(subject, 'title'), labels: findLabels(subject) };
}

/** Where in the code: `position` today, `st_diff` in old bodies. */
function toPlace(payload: JsonObject, note: unknown): Partial<EventDraft> {
  return {
    path:
      textAt(note, 'position', 'new_path') ??
      textAt(note, 'position', 'old_path') ??
      textAt(note, 'st_diff', 'new_path') ??
      textAt(note, 'st_diff', 'old_path'),
    line: integerAt(note, 'position', 'new_line') ?? integerAt(note, 'position', 'old_line'),
    sha: textAt(note, 'commit_id') ?? textAt(note, 'position', 'head_sha') ?? textAt(payload, 'commit', 'id'),
  };
}
