import type { EventType } from '../../core/event-types.ts';
import type { Normalised } from '../contract.ts';
import { bodyAt, booleanAt, idAt, objectAt, present, textAt, timeAt } from '../read.ts';
import { findType } from './issue.ts';
import { repositoryAt } from './native.ts';
import { type Reading, toDraft, toUnknown, toUnknownAction } from './reading.ts';

const RELEASE_TYPES: Record<string, EventType> = {
  published: 'release.published',
  updated: 'release.edited',
  deleted: 'release.deleted',
};
const REPOSITORY_TYPES: Record<string, EventType> = { created: 'repository.created', deleted: 'repository.deleted' };
const PACKAGE_TYPES: Record<string, EventType> = { created: 'package.published', deleted: 'package.deleted' };
const WIKI_ACTIONS: Record<string, EventType> = {
  created: 'wiki.edited',
  edited: 'wiki.edited',
  deleted: 'wiki.edited',
};

/** `release`. Gogs knows only published ones, and old releases of it name no action. */
export function normaliseRelease(reading: Reading): Normalised {
  const release = objectAt(reading.payload, 'release');
  if (release === undefined) return toUnknown(reading, 'The release is missing.');
  const type = findType(RELEASE_TYPES, reading.action ?? 'published');
  if (type === undefined) return toUnknownAction(reading);
  const draft = toDraft(reading, type, {
    title: textAt(release, 'name'),
    body: bodyAt(release, 'body'),
    url: textAt(release, 'html_url'),
    tag: textAt(release, 'tag_name'),
    // An edited or deleted release keeps the time of its publication.
    occurredAt: type === 'release.published' ? timeAt(release, 'published_at') : undefined,
    release: present({
      id: idAt(release, 'id'),
      tag: textAt(release, 'tag_name'),
      name: textAt(release, 'name'),
      draft: booleanAt(release, 'draft'),
      prerelease: booleanAt(release, 'prerelease'),
      target: textAt(release, 'target_commitish'),
    }),
  });
  return { drafts: [draft] };
}

/**
 * `fork`. In Gitea and Forgejo `forkee` is the original and `repository` the new fork; in Gogs, as on GitHub, it is the other way
 * round.
 */
export function normaliseFork(reading: Reading): Normalised {
  const named = repositoryAt(reading.payload, 'repository');
  const forkee = repositoryAt(reading.payload, 'forkee');
  const [source, fork] = reading.traits.forkeeIsSource ? [forkee, named] : [named, forkee];
  if (source === undefined || fork === undefined) return toUnknown(reading, 'One of the two repositories is missing.');
  return { drafts: [toDraft(reading, 'fork.created', { repo: source, fork })] };
}

/** `repository`: created or deleted. The family sends nothing when one is renamed, moved, archived or made public. */
export function normaliseRepository(reading: Reading): Normalised {
  const type = findType(REPOSITORY_TYPES, reading.action);
  if (type === undefined) return toUnknownAction(reading);
  const createdAt = type === 'repository.created' ? timeAt(reading.payload, 'repository', 'created_at') : undefined;
  return { drafts: [toDraft(reading, type, { occurredAt: createdAt })] };
}

/** `wiki`: one page was created, edited or deleted. */
export function normaliseWiki(reading: Reading): Normalised {
  const type = findType(WIKI_ACTIONS, reading.action);
  if (type === undefined) return toUnknownAction(reading);
  const title = textAt(reading.payload, 'page');
  return { drafts: [toDraft(reading, type, { title, pages: [present({ title, action: reading.action }) ?? {}] })] };
}

/** `package`: belongs to an owner and only sometimes to a repository. */
export function normalisePackage(reading: Reading): Normalised {
  const type = findType(PACKAGE_TYPES, reading.action);
  if (type === undefined) return toUnknownAction(reading);
  const object = objectAt(reading.payload, 'package');
  const url = textAt(object, 'html_url');
  const draft = toDraft(reading, type, {
    repo: reading.common.repo ?? repositoryAt(object, 'repository'),
    url,
    occurredAt: type === 'package.published' ? timeAt(object, 'created_at') : undefined,
    package: present({
      id: idAt(object, 'id'),
      name: textAt(object, 'name'),
      version: textAt(object, 'version'),
      type: textAt(object, 'type'),
      url,
    }),
  });
  return { drafts: [draft] };
}
