import type { EventDraft } from '../../core/event.ts';
import type { Normalised } from '../contract.ts';
import { hasList, integerAt, textAt } from '../read.ts';
import { isTestPush } from './identify.ts';
import { commitsAt, isZeroId } from './native.ts';
import { type Reading, toDraft, toUnknown } from './reading.ts';

/**
 * What a push to a ref sends, by release alike:
 *
 *   new branch      create + push (before is zeros)     deleted branch   delete
 *   new tag         create + push (before is zeros)     deleted tag      delete + push (after is zeros)
 *
 * So branch and tag events come from create and delete only, and a push is always just `push`.
 */
export function normalisePush(reading: Reading): Normalised {
  const { payload } = reading;
  const ref = textAt(payload, 'ref');
  if (ref === undefined) return toUnknown(reading, 'The push names no ref.');
  const before = textAt(payload, 'before');
  const after = textAt(payload, 'after');
  const draft = toDraft(reading, 'push', {
    ...toRefFields(ref, 'branch'),
    before,
    after,
    commits: hasList(payload, 'commits') ? commitsAt(payload, after) : undefined,
    commitCount: integerAt(payload, 'total_commits'),
    created: before === undefined ? undefined : isZeroId(before),
    deleted: after === undefined ? undefined : isZeroId(after),
    compareUrl: textAt(payload, 'compare_url'),
    test: isTestPush(payload) ? true : undefined,
  });
  return { drafts: [draft] };
}

/** `create` and `delete`: a branch or tag came or went. Forgejo hooks name the full ref, others the short one. */
export function normaliseRef(reading: Reading, verb: 'created' | 'deleted'): Normalised {
  const { payload } = reading;
  const ref = textAt(payload, 'ref');
  const kind = textAt(payload, 'ref_type');
  if (ref === undefined || (kind !== 'branch' && kind !== 'tag')) {
    return toUnknown(reading, 'The delivery does not say which branch or tag it is about.');
  }
  const draft = toDraft(reading, `${kind}.${verb}`, { ...toRefFields(ref, kind), sha: textAt(payload, 'sha') });
  return { drafts: [draft] };
}

/** Full ref and short name, from either; `kind` says what a short one names. */
function toRefFields(ref: string, kind: 'branch' | 'tag'): Pick<EventDraft, 'ref' | 'branch' | 'tag'> {
  if (ref.startsWith('refs/heads/')) return { ref, branch: ref.slice('refs/heads/'.length) };
  if (ref.startsWith('refs/tags/')) return { ref, tag: ref.slice('refs/tags/'.length) };
  if (ref.startsWith('refs/')) return { ref };
  return kind === 'branch' ? { ref: `refs/heads/${ref}`, branch: ref } : { ref: `refs/tags/${ref}`, tag: ref };
}
