import type { Commit, EventDraft } from '../../../core/event.ts';
import { bodyAt, hasList, listAt, textAt, timeAt } from '../../read.ts';
import { type Native, toPushDrafts, ZEROS } from '../native.ts';
import { readLogin } from './user.ts';

/**
 * `repo:refs_changed`: one delivery may move several refs, each with type ADD, UPDATE or DELETE and zeros at the missing
 * side. Newer versions list commits, for the delivery as a whole and cut at a limit they do not tell, so they are taken only
 * for a single ref, and never counted.
 */
export function readRefsChanged(native: Native): readonly EventDraft[] {
  return readPushes(native).flatMap(toPushDrafts);
}

/** `mirror:repo_synchronized`: a mirror has caught up. The primary tells what was created and deleted; this tells the pushes. */
export function readMirrorSynchronized(native: Native): readonly EventDraft[] {
  return readPushes(native);
}

function readPushes({ payload, base }: Native): readonly EventDraft[] {
  const changes = listAt(payload, 'changes');
  const commits =
    changes.length === 1 && hasList(payload, 'commits')
      ? listAt(payload, 'commits').slice(0, 100).flatMap(readCommit).toReversed()
      : undefined;
  return changes.flatMap((change): EventDraft[] => {
    const ref = textAt(change, 'ref', 'id') ?? textAt(change, 'refId');
    if (ref === undefined) return [];
    const before = textAt(change, 'fromHash');
    const after = textAt(change, 'toHash');
    const kind = textAt(change, 'type');
    return [
      {
        ...base,
        type: 'push',
        ref,
        branch: ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined,
        tag: ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined,
        before,
        after,
        created: kind === 'ADD' || before === ZEROS,
        deleted: kind === 'DELETE' || after === ZEROS,
        commits,
      },
    ];
  });
}

function readCommit(value: unknown): Commit[] {
  const id = textAt(value, 'id');
  if (id === undefined) return [];
  return [
    {
      id,
      message: bodyAt(value, 'message') ?? '',
      timestamp: timeAt(value, 'authorTimestamp'),
      author: {
        name: textAt(value, 'author', 'displayName') ?? textAt(value, 'author', 'name'),
        email: textAt(value, 'author', 'emailAddress'),
        // An author without an account is only what the commit says: `name` is then no login.
        login: textAt(value, 'author', 'slug') === undefined ? undefined : readLogin(value, 'author'),
      },
    },
  ];
}
