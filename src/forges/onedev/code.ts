import type { EventDraft } from '../../core/event.ts';
import { idAt, type JsonObject, textAt } from '../read.ts';
import { toBase, toDraft } from './native.ts';

/** A moved ref. Zeros stand for "no object"; OneDev has no event of its own for the creation or deletion of a ref. */
export function toRefDrafts(payload: JsonObject): EventDraft[] {
  const ref = textAt(payload, 'refName');
  const before = textAt(payload, 'oldCommitId');
  const after = textAt(payload, 'newCommitId');
  const created = isZero(before);
  const deleted = isZero(after);
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const tag = ref?.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined;
  const place = { ...toBase(payload), ref, branch, tag };
  const drafts = [toDraft({ ...place, type: 'push', before, after, created, deleted })];
  if (created === deleted) return drafts;
  const verb = created ? 'created' : 'deleted';
  const sha = created ? after : before;
  if (branch !== undefined) drafts.push(toDraft({ ...place, type: `branch.${verb}`, sha }));
  if (tag !== undefined) drafts.push(toDraft({ ...place, type: `tag.${verb}`, sha }));
  return drafts;
}

function isZero(objectId: string | undefined): boolean {
  return objectId !== undefined && /^0{40,64}$/.test(objectId);
}

/** A published package, known by its id. */
export function toPackageDrafts(payload: JsonObject): EventDraft[] {
  return [toDraft({ ...toBase(payload), type: 'package.published', package: { id: idAt(payload, 'packId') } })];
}

const BUILD_TYPES = new Map([
  ['BuildSubmitted', { type: 'workflow_run.requested', status: 'waiting' }],
  ['BuildPending', { type: 'workflow_run.requested', status: 'pending' }],
  ['BuildRetrying', { type: 'workflow_run.requested', status: 'waiting' }],
  ['BuildRunning', { type: 'workflow_run.in_progress', status: 'running' }],
  ['BuildResumed', { type: 'workflow_run.in_progress', status: 'running' }],
  ['BuildFinished', { type: 'workflow_run.completed', status: undefined }],
] as const);

/** A build. How it ended is not told, so a completed one has neither status nor conclusion before a look-up. */
export function toBuildDrafts(payload: JsonObject, event: string): EventDraft[] {
  const found = [...BUILD_TYPES].find(([name]) => name === event)?.[1];
  if (found === undefined) return [];
  const check = { id: idAt(payload, 'buildId'), status: found.status };
  return [toDraft({ ...toBase(payload), type: found.type, check })];
}
