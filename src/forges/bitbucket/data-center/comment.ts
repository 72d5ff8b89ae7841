import type { EventDraft } from '../../../core/event.ts';
import { bodyAt, idAt, integerAt, objectAt, textAt } from '../../read.ts';
import type { Native } from '../native.ts';
import { readPullRequest } from './pull-request.ts';

const VERBS: Readonly<Record<string, 'created' | 'edited' | 'deleted'>> = {
  added: 'created',
  edited: 'edited',
  deleted: 'deleted',
};

/** `pr:comment:*`; a comment with an `anchor` is on a file or its lines. */
export function readPullRequestComment(native: Native): readonly EventDraft[] {
  const pull = readPullRequest(native);
  const fields = readComment(native);
  const verb = toVerb(native.event);
  if (pull === undefined || fields === undefined || verb === undefined) return [];
  const onLines = objectAt(native.payload, 'comment', 'anchor') !== undefined;
  return [{ ...pull, ...fields, type: onLines ? `review_comment.${verb}` : `comment.${verb}` }];
}

/** `repo:comment:*`: on a commit. */
export function readCommitComment(native: Native): readonly EventDraft[] {
  const fields = readComment(native);
  const verb = toVerb(native.event);
  if (fields === undefined || verb === undefined) return [];
  const { payload, base } = native;
  return [{ ...base, ...fields, type: `comment.${verb}`, sha: textAt(payload, 'commit') }];
}

/** The body of a comment event has no page of the comment, so `url` stays that of the pull request. */
function readComment({ payload }: Native): Omit<EventDraft, 'type'> | undefined {
  const comment = objectAt(payload, 'comment');
  if (comment === undefined) return undefined;
  const from = bodyAt(payload, 'previousComment');
  const body = bodyAt(comment, 'text');
  return {
    commentId: idAt(comment, 'id'),
    inReplyTo: idAt(payload, 'commentParentId'),
    body,
    path: textAt(comment, 'anchor', 'path'),
    line: integerAt(comment, 'anchor', 'line'),
    changes: from === undefined ? undefined : { body: { from, to: body } },
  };
}

function toVerb(event: string): 'created' | 'edited' | 'deleted' | undefined {
  return VERBS[event.slice(event.lastIndexOf(':') + 1)];
}
