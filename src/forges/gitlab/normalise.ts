import type { EventDraft } from '../../core/event.ts';
import type { Normalised, ParsedDelivery } from '../contract.ts';
import { textAt } from '../read.ts';
import { toPushDrafts, toRepositoryUpdateDrafts } from './code.ts';
import { toIssueDrafts } from './issue.ts';
import { type Source, toSource } from './native.ts';
import { toNoteDrafts } from './note.ts';
import { toProjectDrafts } from './project.ts';
import { toPullDrafts } from './pull.ts';
import { toReleaseDrafts, toWikiDrafts } from './release.ts';
import { toDeploymentDrafts, toJobDrafts, toPipelineDrafts } from './run.ts';
import { toUnknownDraft } from './unknown.ts';

/**
 * Bodies are told apart by `object_kind`, and where there is none (system, member, subgroup and project hooks) by `event_name`. The
 * header is of no use for that: it is `System Hook` for everything an administrator's hook sends.
 */
const READERS = new Map<string, (source: Source) => EventDraft[]>([
  ['push', toPushDrafts],
  ['tag_push', toPushDrafts],
  ['repository_update', toRepositoryUpdateDrafts],
  ['issue', toIssueDrafts],
  ['work_item', toIssueDrafts],
  ['merge_request', toPullDrafts],
  ['note', toNoteDrafts],
  ['wiki_page', toWikiDrafts],
  ['pipeline', toPipelineDrafts],
  ['build', toJobDrafts],
  ['job', toJobDrafts],
  ['deployment', toDeploymentDrafts],
  ['release', toReleaseDrafts],
  ['project_create', toProjectDrafts],
  ['project_destroy', toProjectDrafts],
  ['project_rename', toProjectDrafts],
  ['project_transfer', toProjectDrafts],
  ['project_update', toProjectDrafts],
]);

/** What a GitLab delivery means. */
export function normaliseGitlab(delivery: ParsedDelivery): Normalised {
  const source = toSource(delivery);
  const kind = textAt(source.payload, 'object_kind');
  const name = textAt(source.payload, 'event_name');
  const reader = READERS.get(kind ?? '') ?? READERS.get(name ?? '');
  const drafts = reader?.(source) ?? [];
  return {
    drafts: drafts.length > 0 ? drafts : [toUnknownDraft(source, toReason(name ?? kind, reader !== undefined))],
  };
}

function toReason(word: string | undefined, isKnown: boolean): string {
  if (word === undefined) {
    return 'The body has neither object_kind nor event_name: the webhook’s custom template (custom_webhook_template) replaces GitLab’s own body. Remove the template from the webhook.';
  }
  return isKnown ? `The ${word} event lists no change.` : `Fettle has no event type for GitLab’s ${word}.`;
}
