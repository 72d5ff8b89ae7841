import type { Commit, EventDraft } from '../../core/event.ts';
import {
  bodyAt,
  hasList,
  idAt,
  integerAt,
  type JsonObject,
  listAt,
  present,
  textAt,
  timeAt,
  toStorableText,
} from '../read.ts';
import { type Source, toActor, toBase, toDraft, toEmail } from './native.ts';

type Base = Omit<EventDraft, 'type'>;

/**
 * Pushes of branches and tags. GitLab has no hook for the creation or deletion of a ref, so the push tells it by zeros, and one
 * delivery is a `push` and a `branch.created` (or the like). When it happened is not told: only the commits carry times.
 */
export function toPushDrafts(source: Source): EventDraft[] {
  const { payload } = source;
  const commits = toCommits(payload);
  return toRefDrafts(toPusherBase(source), payload, {
    body: bodyAt(payload, 'message'),
    commits,
    commitCount: integerAt(payload, 'total_commits_count'),
  });
}

/**
 * The system event for a whole push, without commits. A system hook sends it by default and sends pushes only when asked to;
 * a hook with both tells the same push twice.
 */
export function toRepositoryUpdateDrafts(source: Source): EventDraft[] {
  const base = toPusherBase(source);
  return listAt(source.payload, 'changes').flatMap((change) => toRefDrafts(base, change, {}));
}

function toRefDrafts(base: Base, change: unknown, details: Partial<EventDraft>): EventDraft[] {
  const ref = textAt(change, 'ref');
  const before = textAt(change, 'before');
  const after = textAt(change, 'after');
  const created = isZero(before);
  const deleted = isZero(after);
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const tag = ref?.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined;
  const place: Base = { ...base, ref, branch, tag };
  const drafts = [toDraft({ ...place, type: 'push', before, after, created, deleted, ...details })];
  const noun = branch === undefined ? tag && ('tag' as const) : ('branch' as const);
  if (noun !== undefined && noun !== '' && created !== deleted) {
    drafts.push(
      toDraft({ ...place, type: created ? `${noun}.created` : `${noun}.deleted`, sha: created ? after : before }),
    );
  }
  return drafts;
}

/** Pushes tell the person in flat fields. */
function toPusherBase(source: Source): Base {
  const { payload } = source;
  const actor = toActor({
    id: idAt(payload, 'user_id'),
    username: textAt(payload, 'user_username'),
    name: textAt(payload, 'user_name'),
    email: textAt(payload, 'user_email'),
  });
  return { ...toBase(source), actor };
}

/** At most the newest 20 are told. Oldest first, as GitLab lists them; a list that begins with the new head is turned. */
function toCommits(payload: JsonObject): Commit[] | undefined {
  if (!hasList(payload, 'commits')) return undefined;
  const commits = listAt(payload, 'commits').slice(0, 100).flatMap(toCommit);
  const head = textAt(payload, 'after');
  return commits.length > 1 && commits[0]?.id === head ? commits.toReversed() : commits;
}

function toCommit(commit: unknown): Commit[] {
  const id = textAt(commit, 'id');
  if (id === undefined) return [];
  return [
    {
      ...present({
        url: textAt(commit, 'url'),
        timestamp: timeAt(commit, 'timestamp'),
        author: present({ name: textAt(commit, 'author', 'name'), email: toEmail(textAt(commit, 'author', 'email')) }),
        added: toPaths(commit, 'added'),
        modified: toPaths(commit, 'modified'),
        removed: toPaths(commit, 'removed'),
      }),
      id,
      message: textAt(commit, 'message') ?? '',
    },
  ];
}

function toPaths(commit: unknown, field: string): string[] | undefined {
  if (!hasList(commit, field)) return undefined;
  return listAt(commit, field).flatMap((path) => (typeof path === 'string' ? toStorableText(path, 4_096) : []));
}

/** Zeros, as many as the object format has digits, stand for "no object". */
function isZero(objectId: string | undefined): boolean {
  return objectId !== undefined && /^0{40,64}$/.test(objectId);
}
