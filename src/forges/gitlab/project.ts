import type { EventDraft, Repository } from '../../core/event.ts';
import { textAt, timeAt } from '../read.ts';
import { splitFullName, type Source, toBase, toDraft } from './native.ts';

/**
 * Projects made, moved and removed, from system hooks and group hooks. They name the owner, not who did it, so there is no actor.
 */
export function toProjectDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const base: Omit<EventDraft, 'type'> = { ...toBase(source), occurredAt: timeAt(payload, 'updated_at') };
  const from = textAt(payload, 'old_path_with_namespace');
  switch (textAt(payload, 'event_name')) {
    case 'project_create':
      return [toDraft({ ...base, type: 'repository.created', occurredAt: timeAt(payload, 'created_at') })];
    case 'project_destroy':
      return [toDraft({ ...base, type: 'repository.deleted' })];
    case 'project_rename':
      return [toDraft({ ...base, type: 'repository.renamed', changes: toPathChanges(from, base.repo, 'name') })];
    case 'project_transfer':
      return [toDraft({ ...base, type: 'repository.transferred', changes: toPathChanges(from, base.repo, 'owner') })];
    default:
      return [toDraft({ ...base, type: 'repository.edited' })];
  }
}

function toPathChanges(
  from: string | undefined,
  repo: Repository | undefined,
  part: 'name' | 'owner',
): EventDraft['changes'] {
  if (from === undefined || repo === undefined) return undefined;
  const changes = { fullName: { from, to: repo.fullName } };
  return { ...changes, [part]: { from: splitFullName(from)[part], to: repo[part] } };
}
