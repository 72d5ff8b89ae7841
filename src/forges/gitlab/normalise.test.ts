import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventDraft } from '../../core/event.ts';
import { parseDelivery, restoreVerified } from '../verify.ts';
import { gitlab } from './index.ts';

function draftsOf(event: string, payload: object, headers: Record<string, string> = {}): readonly EventDraft[] {
  const body = Buffer.from(JSON.stringify(payload));
  const request = { headers: { ...headers, 'x-gitlab-event': event }, body };
  return gitlab.normalise(parseDelivery(restoreVerified(gitlab, request))).drafts;
}

function typesOf(event: string, payload: object): string[] {
  return draftsOf(event, payload).map((draft) => draft.type);
}

describe('gitlab normalise', () => {
  it('takes changes for edges only in updates', () => {
    const changes = { labels: { previous: [], current: [{ title: 'bug' }] } };
    for (const action of ['open', 'close', 'reopen', 'merge']) {
      const types = typesOf('Merge Request Hook', {
        object_kind: 'merge_request',
        object_attributes: { iid: 1, action },
        changes,
      });
      assert.equal(types.length, 1, action);
      assert.notEqual(types[0], 'pull.labeled');
    }
  });

  it('reads old bodies without an action by their state', () => {
    const at = { created_at: '2013-12-03 17:15:43 UTC', updated_at: '2013-12-03 17:15:43 UTC' };
    const cases = [
      [{ state: 'opened', ...at }, 'pull.opened'],
      [{ state: 'opened', ...at, updated_at: '2013-12-04 17:15:43 UTC' }, 'pull.edited'],
      [{ state: 'merged', ...at }, 'pull.merged'],
      [{ state_id: 2, ...at }, 'pull.closed'],
    ] as const;
    for (const [attributes, type] of cases) {
      assert.deepEqual(typesOf('Merge Request Hook', { object_kind: 'merge_request', object_attributes: attributes }), [
        type,
      ]);
    }
  });

  it('does not take the mark of a draft in a title for an edit, unless the rest of the title changed too', () => {
    const update = (previous: string, current: string) => ({
      object_kind: 'merge_request',
      object_attributes: { iid: 1, action: 'update' },
      changes: { title: { previous, current } },
    });
    assert.deepEqual(typesOf('Merge Request Hook', update('Draft: Port', 'Port')), ['pull.ready']);
    assert.deepEqual(typesOf('Merge Request Hook', update('Port', 'WIP: Port')), ['pull.draft']);
    assert.deepEqual(typesOf('Merge Request Hook', update('[Draft] Port', 'Ports')), ['pull.edited', 'pull.ready']);
    assert.deepEqual(typesOf('Merge Request Hook', update('Draft: Port', 'draft: Ports')), ['pull.edited']);
  });

  it('turns a list of commits that begins with the newest', () => {
    const [push] = draftsOf('Push Hook', {
      object_kind: 'push',
      after: 'b'.repeat(40),
      commits: [{ id: 'b'.repeat(40) }, { id: 'a'.repeat(40) }],
    });
    assert.deepEqual(
      push?.commits?.map((commit) => commit.id[0]),
      ['a', 'b'],
    );
  });

  it('finds the project of a job below the path of the instance', () => {
    const payload = {
      object_kind: 'build',
      build_status: 'running',
      repository: { homepage: 'https://x.test/git/a/b/c' },
    };
    assert.equal(draftsOf('Job Hook', payload)[0]?.repo?.fullName, 'git/a/b/c');
    const instance = { 'x-gitlab-instance': 'https://x.test/git' };
    assert.deepEqual(draftsOf('Job Hook', payload, instance)[0]?.repo?.owner, 'a/b');
  });

  it('names the custom template when the body is not GitLab’s own', () => {
    const [draft] = draftsOf('Push Hook', { text: 'hello' });
    assert.equal(draft?.type, 'unknown');
    assert.match(draft?.reason ?? '', /custom_webhook_template/);
  });
});
