import { booleanAt, hasList, integerAt, type JsonObject, listAt, textAt, timeAt } from '../read.ts';
import { type Meaning, toActor, toCommit } from './native.ts';

/** GitHub lists at most this many commits in a push. */
const LISTED_COMMITS = 2_048;
const KEPT_COMMITS = 100;

/**
 * `push`. A push that creates or deletes a branch or tag says so; `branch.created` and its kin come from the `create` and
 * `delete` hooks alone, or each would come twice.
 */
export function readPush(payload: JsonObject): readonly Meaning[] {
  const ref = textAt(payload, 'ref');
  if (ref === undefined) return [{ reason: 'The payload has no ref.' }];
  const listed = listAt(payload, 'commits');
  const commits = listed
    .slice(0, KEPT_COMMITS)
    .map(toCommit)
    .filter((commit) => commit !== undefined);
  const total = listed.length < LISTED_COMMITS ? listed.length : integerAt(payload, 'size');
  const told = hasList(payload, 'commits');
  return [
    {
      type: 'push',
      occurredAt: timeAt(payload, 'repository', 'pushed_at'),
      actor: toActor({ login: textAt(payload, 'pusher', 'name'), email: textAt(payload, 'pusher', 'email') }),
      ...toRef(ref),
      before: textAt(payload, 'before'),
      after: textAt(payload, 'after'),
      commits: told ? commits : undefined,
      commitCount: told ? total : undefined,
      forced: booleanAt(payload, 'forced'),
      created: booleanAt(payload, 'created'),
      deleted: booleanAt(payload, 'deleted'),
      compareUrl: textAt(payload, 'compare'),
    },
  ];
}

/** `create`. */
export function readCreate(payload: JsonObject): readonly Meaning[] {
  return readRef(payload, 'created');
}

/** `delete`. */
export function readDelete(payload: JsonObject): readonly Meaning[] {
  return readRef(payload, 'deleted');
}

function readRef(payload: JsonObject, verb: 'created' | 'deleted'): readonly Meaning[] {
  const name = textAt(payload, 'ref');
  const kind = textAt(payload, 'ref_type');
  if (name === undefined || (kind !== 'branch' && kind !== 'tag')) {
    return [{ reason: 'The payload names neither a branch nor a tag.' }];
  }
  return [
    {
      type: `${kind}.${verb}`,
      // The hooks carry no time of their own; both count as pushes, and move this one.
      occurredAt: timeAt(payload, 'repository', 'pushed_at'),
      ...toRef(kind === 'branch' ? `refs/heads/${name}` : `refs/tags/${name}`),
    },
  ];
}

function toRef(ref: string): Meaning {
  if (ref.startsWith('refs/heads/')) return { ref, branch: ref.slice('refs/heads/'.length) };
  if (ref.startsWith('refs/tags/')) return { ref, tag: ref.slice('refs/tags/'.length) };
  return { ref };
}
