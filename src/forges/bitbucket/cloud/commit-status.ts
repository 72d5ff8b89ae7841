import type { EventDraft } from '../../../core/event.ts';
import { idAt, objectAt, textAt, timeAt } from '../../read.ts';
import type { Native } from '../native.ts';

/** `repo:commit_status_created` and `…_updated`. Older bodies name the commit only in a link. */
export function readCommitStatus({ payload, base }: Native): readonly EventDraft[] {
  const status = objectAt(payload, 'commit_status');
  if (status === undefined) return [];
  const state = textAt(status, 'state')?.toLowerCase();
  const url = textAt(status, 'url');
  const sha =
    textAt(status, 'commit', 'hash') ??
    /\/commit\/([0-9a-f]{12,64})$/.exec(textAt(status, 'links', 'commit', 'href') ?? '')?.[1];
  return [
    {
      ...base,
      type: 'status.updated',
      occurredAt: timeAt(status, 'updated_on') ?? timeAt(status, 'created_on'),
      sha,
      url,
      check: {
        id: idAt(status, 'key'),
        name: textAt(status, 'name') ?? idAt(status, 'key'),
        status: state,
        conclusion: state === 'inprogress' ? undefined : state,
        sha,
        branch: textAt(status, 'refname'),
        url,
        description: textAt(status, 'description'),
      },
    },
  ];
}
