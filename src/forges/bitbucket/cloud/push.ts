import type { Commit, EventDraft } from '../../../core/event.ts';
import { bodyAt, booleanAt, hasList, listAt, objectAt, textAt, timeAt } from '../../read.ts';
import { type Native, toPushDrafts, toRefFields, ZEROS } from '../native.ts';
import { readLogin } from './account.ts';

/** `repo:push`: one delivery may move several refs, and each becomes its own events. The body does not say when it happened. */
export function readPush(native: Native): readonly EventDraft[] {
  return listAt(native.payload, 'push', 'changes').flatMap((change) => readChange(native, change));
}

/** `old` null is a new ref, `new` null a deleted one. At most five commits are listed, newest first; `truncated` says so. */
function readChange({ base }: Native, change: unknown): readonly EventDraft[] {
  const before = objectAt(change, 'old');
  const after = objectAt(change, 'new');
  const name = textAt(after ?? before, 'name');
  if (name === undefined) return [];
  const commits = listAt(change, 'commits').flatMap(readCommit).toReversed();
  const complete = hasList(change, 'commits') && booleanAt(change, 'truncated') === false;
  return toPushDrafts({
    ...base,
    type: 'push',
    ...toRefFields(name, textAt(after ?? before, 'type')?.endsWith('tag') === true),
    before: before === undefined ? ZEROS : textAt(before, 'target', 'hash'),
    after: after === undefined ? ZEROS : textAt(after, 'target', 'hash'),
    commits: hasList(change, 'commits') ? commits.slice(0, 100) : undefined,
    commitCount: complete ? commits.length : undefined,
    forced: booleanAt(change, 'forced'),
    created: before === undefined,
    deleted: after === undefined,
    compareUrl: textAt(change, 'links', 'html', 'href'),
    url: textAt(after, 'links', 'html', 'href'),
  });
}

function readCommit(value: unknown): Commit[] {
  const id = textAt(value, 'hash');
  if (id === undefined) return [];
  return [
    {
      id,
      message: bodyAt(value, 'message') ?? '',
      url: textAt(value, 'links', 'html', 'href'),
      timestamp: timeAt(value, 'date'),
      author: { ...readRawAuthor(textAt(value, 'author', 'raw')), login: readLogin(value, 'author', 'user') },
    },
  ];
}

/** `Ada Lovelace <ada@example.org>`, the author line of the commit. */
function readRawAuthor(raw: string | undefined): { name?: string | undefined; email?: string | undefined } {
  const start = raw?.lastIndexOf('<') ?? -1;
  if (raw === undefined || start < 0 || !raw.endsWith('>')) return { name: raw };
  return { name: raw.slice(0, start).trim() || undefined, email: raw.slice(start + 1, -1) || undefined };
}
