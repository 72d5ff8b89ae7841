import type { EventType } from '../../core/event-types.ts';
import { bodyAt, booleanAt, idAt, type JsonObject, listAt, objectAt, present, textAt, timeAt } from '../read.ts';
import { type Meaning, toActor, toChanges } from './native.ts';

/**
 * Publishing once sends `published`, then `released` or `prereleased` for the same release; a pre-release that becomes a full
 * release sends `released` without `published`. So only `published` means `release.published`, and the two others are edits:
 * a rule that publishes runs once, and no promotion is lost. `native.action` tells them from edits by hand.
 */
const RELEASE_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'release.created'],
  ['published', 'release.published'],
  ['edited', 'release.edited'],
  ['released', 'release.edited'],
  ['prereleased', 'release.edited'],
  ['deleted', 'release.deleted'],
  ['unpublished', 'release.unpublished'],
]);

const PACKAGE_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['published', 'package.published'],
  ['updated', 'package.updated'],
]);

/** `release`. */
export function readRelease(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const release = objectAt(payload, 'release');
  if (release === undefined) return [{ reason: 'The payload has no release.' }];
  const tag = textAt(release, 'tag_name');
  return [
    {
      type: RELEASE_TYPES.get(action ?? ''),
      occurredAt: toReleaseTime(release, action),
      title: textAt(release, 'name') ?? tag,
      body: bodyAt(release, 'body'),
      url: textAt(release, 'html_url'),
      author: toActor(objectAt(release, 'author')),
      tag,
      release: present({
        id: idAt(release, 'id'),
        tag,
        name: textAt(release, 'name'),
        draft: booleanAt(release, 'draft'),
        prerelease: booleanAt(release, 'prerelease'),
        target: textAt(release, 'target_commitish'),
      }),
      changes: toChanges(payload, release, ['name', 'body', 'tag_name', 'make_latest']),
    },
  ];
}

/** `created_at` is the time of the tagged commit, not of the release. `updated_at` is told since 2025, else nothing dates an edit. */
function toReleaseTime(release: JsonObject, action: string | undefined): string | undefined {
  if (action === 'deleted') return undefined;
  if (action === 'published') return timeAt(release, 'published_at');
  return timeAt(release, 'updated_at');
}

/** `package`, and `registry_package`, its older name that is still sent beside it. */
export function readPackage(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  const source = objectAt(payload, 'package') ?? objectAt(payload, 'registry_package');
  if (source === undefined) return [{ reason: 'The payload has no package.' }];
  const version = objectAt(source, 'package_version');
  const url = textAt(version, 'html_url') ?? textAt(source, 'html_url');
  return [
    {
      type: PACKAGE_TYPES.get(action ?? ''),
      occurredAt: timeAt(version, 'updated_at') ?? timeAt(source, 'updated_at'),
      title: textAt(source, 'name'),
      url,
      package: present({
        id: idAt(source, 'id'),
        name: textAt(source, 'name'),
        version: textAt(version, 'version'),
        type: (textAt(source, 'package_type') ?? textAt(source, 'ecosystem'))?.toLowerCase(),
        url,
      }),
    },
  ];
}

/** `gollum`: pages of the wiki. GitHub tells no time; the commit in each page keeps two edits apart. */
export function readWiki(payload: JsonObject): readonly Meaning[] {
  const pages: NonNullable<Meaning['pages']> = listAt(payload, 'pages').map(
    (page) =>
      present({
        title: textAt(page, 'title') ?? textAt(page, 'page_name'),
        action: textAt(page, 'action'),
        url: textAt(page, 'html_url'),
        sha: textAt(page, 'sha'),
      }) ?? {},
  );
  const only = pages.length === 1 ? pages[0] : undefined;
  return [{ type: 'wiki.edited', title: only?.title, url: only?.url, pages }];
}
