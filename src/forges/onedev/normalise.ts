import type { EventDraft } from '../../core/event.ts';
import type { Normalised, ParsedDelivery } from '../contract.ts';
import type { JsonObject } from '../read.ts';
import { isCodeComment, toCodeCommentDrafts } from './code-comment.ts';
import { toBuildDrafts, toPackageDrafts, toRefDrafts } from './code.ts';
import { findEventName } from './identify.ts';
import { toIssueDrafts } from './issue.ts';
import { toUnknownDraft } from './native.ts';
import { toPullDrafts } from './pull.ts';

/** What a OneDev delivery means, as far as ids tell. */
export function normaliseOnedev({ payload }: ParsedDelivery): Normalised {
  const event = findEventName(payload) ?? '';
  const drafts = toDrafts(payload, event);
  return { drafts: drafts.length > 0 ? drafts : [toUnknownDraft(payload, toReason(event))] };
}

function toDrafts(payload: JsonObject, event: string): EventDraft[] {
  if (event === 'RefUpdated') return toRefDrafts(payload);
  if (event === 'PackPublished') return toPackageDrafts(payload);
  if (isCodeComment(event)) return toCodeCommentDrafts(payload, event);
  if (event.startsWith('PullRequest')) return toPullDrafts(payload, event);
  if (event.startsWith('Issue')) return toIssueDrafts(payload, event);
  return toBuildDrafts(payload, event);
}

function toReason(event: string): string {
  if (event.endsWith('CodeCommentStatusChanged')) {
    return 'The body tells by id only whether the thread was resolved or opened again.';
  }
  return `Fettle has no event type for OneDev’s ${event}.`;
}
