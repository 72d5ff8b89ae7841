import type { EventDraft } from '../../core/event.ts';
import { bodyAt, idAt, objectAt, textAt, timeAt } from '../read.ts';
import { type Source, toBase, toDraft } from './native.ts';
import { toUnknownDraft } from './unknown.ts';

const RELEASE_TYPES = new Map([
  ['create', 'release.published'],
  ['update', 'release.edited'],
  ['delete', 'release.deleted'],
] as const);
const PAGE_ACTIONS = new Map([
  ['create', 'created'],
  ['update', 'edited'],
  ['delete', 'deleted'],
]);

/** Release events. GitLab has no draft releases, so a new one is published. Who did it is not told. */
export function toReleaseDrafts(source: Source): EventDraft[] {
  const { payload, action } = source;
  const type = [...RELEASE_TYPES].find(([word]) => word === action)?.[1];
  if (type === undefined) return [toUnknownDraft(source, 'The release event tells no action that Fettle knows.')];
  const tag = textAt(payload, 'tag');
  const name = textAt(payload, 'name');
  const sha = textAt(payload, 'commit', 'id');
  return [
    toDraft({
      ...toBase(source),
      type,
      occurredAt: action === 'create' ? timeAt(payload, 'created_at') : undefined,
      title: name,
      body: bodyAt(payload, 'description'),
      url: textAt(payload, 'url'),
      tag,
      sha,
      release: { id: idAt(payload, 'id'), tag, name, target: sha },
    }),
  ];
}

/** Wiki events: one page per delivery. */
export function toWikiDrafts(source: Source): EventDraft[] {
  const page = objectAt(source.payload, 'object_attributes');
  const title = textAt(page, 'title');
  const url = textAt(page, 'url');
  return [
    toDraft({
      ...toBase(source),
      type: 'wiki.edited',
      title,
      body: bodyAt(page, 'message'),
      url,
      pages: [{ title, action: PAGE_ACTIONS.get(source.action ?? ''), url, sha: textAt(page, 'version_id') }],
    }),
  ];
}
