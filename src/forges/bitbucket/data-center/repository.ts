import type { EventDraft, Repository } from '../../../core/event.ts';
import { booleanAt, idAt, listAt, objectAt, textAt } from '../../read.ts';
import type { Changes, Native } from '../native.ts';

/** A repository of Data Center: `KEY/slug`, and `~user/slug` for a personal one. The default branch is not told. */
export function readRepository(value: unknown, ...path: string[]): Repository | undefined {
  const repository = objectAt(value, ...path);
  const owner = textAt(repository, 'project', 'key');
  const name = textAt(repository, 'slug');
  if (repository === undefined || owner === undefined || name === undefined) return undefined;
  const isPublic = booleanAt(repository, 'public');
  return {
    id: idAt(repository, 'id'),
    fullName: `${owner}/${name}`,
    owner,
    name,
    url: readSelf(repository),
    cloneUrl: readClone(repository, 'http'),
    sshUrl: readClone(repository, 'ssh'),
    private: isPublic === undefined ? undefined : !isPublic,
    description: textAt(repository, 'description'),
    fork: objectAt(repository, 'origin') === undefined ? undefined : true,
    archived: booleanAt(repository, 'archived'),
  };
}

/** The page of an object. */
export function readSelf(value: unknown): string | undefined {
  return textAt(listAt(value, 'links', 'self')[0], 'href');
}

/** `repo:forked`: `repository` is the new one, its `origin` the source. */
export function readFork({ payload, base }: Native): readonly EventDraft[] {
  const fork = readRepository(payload, 'repository');
  const origin = readRepository(payload, 'repository', 'origin');
  if (fork === undefined || origin === undefined) return [];
  return [{ ...base, type: 'fork.created', repo: origin, fork, url: fork.url }];
}

/** `repo:modified`: the whole repository before and after, as `old` and `new`. One delivery may say several things. */
export function readModified({ payload, base }: Native): readonly EventDraft[] {
  const before = readRepository(payload, 'old');
  const after = readRepository(payload, 'new');
  if (before === undefined || after === undefined) return [];
  const drafts: EventDraft[] = [];
  const add = (type: EventDraft['type'], changes?: Changes) => drafts.push({ ...base, repo: after, type, changes });
  if (before.owner !== after.owner) {
    add('repository.transferred', { owner: { from: before.owner, to: after.owner } });
  }
  const titles = { from: textAt(payload, 'old', 'name'), to: textAt(payload, 'new', 'name') };
  if (before.name !== after.name) add('repository.renamed', { name: { from: before.name, to: after.name } });
  if (before.private !== after.private && after.private !== undefined) {
    add(after.private ? 'repository.privatized' : 'repository.publicized');
  }
  if (before.archived !== after.archived && after.archived !== undefined) {
    add(after.archived ? 'repository.archived' : 'repository.unarchived');
  }
  const edited: Changes = {};
  if (before.name === after.name && titles.from !== titles.to) edited.name = titles;
  if (before.description !== after.description) {
    edited.description = { from: before.description, to: after.description };
  }
  if (Object.keys(edited).length > 0) add('repository.edited', edited);
  if (drafts.length === 0) add('repository.edited');
  return drafts;
}

function readClone(repository: unknown, name: string): string | undefined {
  const links = listAt(repository, 'links', 'clone');
  return textAt(
    links.find((link) => textAt(link, 'name') === name),
    'href',
  );
}
