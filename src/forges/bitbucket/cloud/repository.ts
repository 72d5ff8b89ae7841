import type { EventDraft, Repository } from '../../../core/event.ts';
import { booleanAt, hasList, idAt, listAt, objectAt, textAt, timeAt } from '../../read.ts';
import { type Changes, listChangedFields, type Native } from '../native.ts';
import { readAccount } from './account.ts';

/** A repository of Bitbucket Cloud. Clone addresses are told for new forks only. */
export function readRepository(value: unknown, ...path: string[]): Repository | undefined {
  const repository = objectAt(value, ...path);
  const fullName = textAt(repository, 'full_name');
  const slash = fullName?.lastIndexOf('/') ?? -1;
  if (repository === undefined || fullName === undefined || slash < 1) return undefined;
  const clone = (name: string) =>
    hasList(repository, 'links', 'clone')
      ? textAt(
          listAt(repository, 'links', 'clone').find((link) => textAt(link, 'name') === name),
          'href',
        )
      : undefined;
  return {
    id: idAt(repository, 'uuid'),
    fullName,
    owner: fullName.slice(0, slash),
    name: fullName.slice(slash + 1),
    url: textAt(repository, 'links', 'html', 'href'),
    cloneUrl: clone('https'),
    sshUrl: clone('ssh'),
    private: booleanAt(repository, 'is_private'),
    defaultBranch: textAt(repository, 'mainbranch', 'name'),
    description: textAt(repository, 'description'),
    language: textAt(repository, 'language'),
    fork: objectAt(repository, 'parent') === undefined ? undefined : true,
  };
}

/** `repo:fork`: `repository` is the source, `fork` the new one. */
export function readFork({ payload, base }: Native): readonly EventDraft[] {
  const fork = readRepository(payload, 'fork');
  if (fork === undefined) return [];
  return [{ ...base, type: 'fork.created', occurredAt: timeAt(payload, 'fork', 'created_on'), fork, url: fork.url }];
}

/** `repo:created` and `repo:deleted`. */
export function readLifetime({ event, payload, base }: Native): readonly EventDraft[] {
  if (base.repo === undefined) return [];
  if (event === 'repo:deleted') return [{ ...base, type: 'repository.deleted' }];
  return [{ ...base, type: 'repository.created', occurredAt: timeAt(payload, 'repository', 'created_on') }];
}

/** `repo:transfer`: the old workspace is told in newer bodies only. */
export function readTransfer({ payload, base }: Native): readonly EventDraft[] {
  if (base.repo === undefined) return [];
  const previous = objectAt(payload, 'previous_workspace') ?? objectAt(payload, 'previous_owner');
  const from = textAt(previous, 'slug') ?? readAccount(previous)?.login;
  const changes = from === undefined ? undefined : { owner: { from, to: base.repo.owner } };
  return [{ ...base, type: 'repository.transferred', changes }];
}

/**
 * `repo:updated`: `changes.<field>.{old,new}`. A new name is a rename, a new visibility its own event; whatever else changed
 * is one edit. One delivery may say all of it.
 */
export function readUpdate({ payload, base }: Native): readonly EventDraft[] {
  if (base.repo === undefined) return [];
  const renamed: Changes = {};
  const edited: Changes = {};
  let visibility: EventDraft['type'] | undefined;
  for (const [field, change] of listChangedFields(payload)) {
    const sides = { from: textAt(change, 'old'), to: textAt(change, 'new') };
    if (field === 'name' || field === 'slug') renamed.name = sides;
    else if (field === 'full_name') renamed.fullName = sides;
    else if (field === 'is_private') {
      visibility = booleanAt(change, 'new') === true ? 'repository.privatized' : 'repository.publicized';
    } else if (field !== 'links') edited[field] = sides;
  }
  const drafts: EventDraft[] = [];
  if (Object.keys(renamed).length > 0) drafts.push({ ...base, type: 'repository.renamed', changes: renamed });
  if (visibility !== undefined) drafts.push({ ...base, type: visibility });
  if (Object.keys(edited).length > 0) drafts.push({ ...base, type: 'repository.edited', changes: edited });
  return drafts.length > 0 ? drafts : [{ ...base, type: 'repository.edited' }];
}
