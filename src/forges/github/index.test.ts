import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventDraft } from '../../core/event.ts';
import { EVENT_TYPE_NAMES } from '../../core/event-types.ts';
import type { ParsedDelivery } from '../contract.ts';
import { testForgeContract } from '../contract.testsuite.ts';
import { listSamples, readExpectation } from '../samples.ts';
import { sha256Hex } from '../signature.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { github } from './index.ts';

const SECRET = 'a-secret-of-this-test';
const ZEROS = '0'.repeat(40);
const REPOSITORY = { id: 9, full_name: 'dataforge/app', pushed_at: 1773480413, updated_at: '2026-03-14T09:00:00Z' };
const ADA = { id: 7, login: 'ada', type: 'User' };
const GRACE = { id: 8, login: 'grace', type: 'User' };

function request(event: string, payload: object) {
  const body = Buffer.from(JSON.stringify(payload));
  const signed = github.toSignedHeaders({ event, body, secret: SECRET, deliveryId: 'd-1', nowMs: 0 });
  const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
  return { headers, body };
}

function receive(event: string, payload: object): ParsedDelivery {
  const trust = { secrets: [SECRET], unsigned: false, insecure: false };
  return parseDelivery(verifyDelivery(github, request(event, payload), trust, { secure: true }, 0));
}

function read(event: string, payload: object): readonly EventDraft[] {
  return github.normalise(receive(event, { repository: REPOSITORY, sender: ADA, ...payload })).drafts;
}

function readOne(event: string, payload: object): EventDraft {
  const drafts = read(event, payload);
  assert.equal(drafts.length, 1);
  const [draft] = drafts;
  assert.ok(draft);
  return draft;
}

testForgeContract(github);

describe('github samples', () => {
  it('cover every type but those that GitHub has no hook for', () => {
    const foreign = new Set<string>(['pull.deleted', 'package.deleted', 'trigger.raised']);
    const seen = new Set(
      listSamples('github').flatMap((sample) => readExpectation(sample).drafts.map((draft) => draft.type)),
    );
    assert.deepEqual(
      EVENT_TYPE_NAMES.filter((type) => !seen.has(type)),
      EVENT_TYPE_NAMES.filter((type) => foreign.has(type) || type.startsWith('task.')),
    );
  });
});

describe('github signatures', () => {
  it('verifies the example of GitHub’s documentation', () => {
    const value = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const example = { headers: { 'x-hub-signature-256': value }, body: Buffer.from('Hello, World!') };
    assert.equal(github.verify(example, example.body, ["It's a Secret to Everybody"], 0), undefined);
    assert.equal(github.verify(example, example.body, ["it's a secret to everybody"], 0), 'signature_invalid');
  });

  it('takes a delivery with only the SHA-1 signature for unsigned', () => {
    const { headers, body } = request('push', {});
    const { 'x-hub-signature-256': _removed, ...others } = headers;
    const old = { headers: { ...others, 'x-hub-signature': `sha1=${'0'.repeat(40)}` }, body };
    assert.equal(github.verify(old, body, [SECRET], 0), 'signature_missing');
  });

  it('checks a form over the form’s own bytes and not over the JSON inside', () => {
    const json = JSON.stringify({ zen: 'Keep it logically awesome: a+b & ü.', hook_id: 1 });
    const form = Buffer.from(new URLSearchParams({ payload: json }).toString());
    const sign = (body: Buffer) => ({
      ...request('ping', {}).headers,
      'content-type': 'application/x-www-form-urlencoded',
      'x-hub-signature-256': String(
        github.toSignedHeaders({ event: 'ping', body, secret: SECRET, deliveryId: 'd-1', nowMs: 0 })[
          'X-Hub-Signature-256'
        ],
      ),
    });
    const payload = github.readPayload({ headers: sign(form), body: form });
    assert.equal(payload?.toString(), json);
    assert.equal(github.verify({ headers: sign(form), body: form }, payload, [SECRET], 0), undefined);
    const overJson = { headers: sign(Buffer.from(json)), body: form };
    assert.equal(github.verify(overJson, payload, [SECRET], 0), 'signature_invalid');
  });
});

describe('github identity', () => {
  it('is the event, the action and the delivery id', () => {
    assert.deepEqual(github.identify(receive('issues', { action: 'opened' })), {
      event: 'issues',
      action: 'opened',
      deliveryId: 'd-1',
      deliveryKey: 'd-1',
      test: false,
    });
  });

  it('marks a ping as a test', () => {
    assert.equal(github.identify(receive('ping', { zen: 'Design for failure.' }))?.test, true);
  });

  it('falls back to a hash of event and body without a delivery id', () => {
    const delivery = receive('push', { ref: 'refs/heads/main' });
    const headers = { ...delivery.headers, 'x-github-delivery': '' };
    const identity = github.identify({ ...delivery, headers });
    assert.equal(identity?.deliveryId, undefined);
    assert.equal(identity?.deliveryKey, sha256Hex('push\n', delivery.payloadBytes));
  });

  it('refuses a delivery of the Gitea family that borrows GitHub’s headers', () => {
    const delivery = receive('issues', { action: 'opened' });
    for (const name of ['x-gitea-event', 'x-forgejo-event', 'x-gogs-event']) {
      assert.equal(github.identify({ ...delivery, headers: { ...delivery.headers, [name]: 'issues' } }), undefined);
    }
  });
});

describe('github pushes', () => {
  const commit = (index: number) => ({ id: sha256Hex(String(index)).slice(0, 40), message: `Change ${index}` });

  it('keeps the first hundred commits and tells the true count', () => {
    const commits = Array.from({ length: 2_047 }, (_, index) => commit(index));
    const draft = readOne('push', { ref: 'refs/heads/main', before: ZEROS, after: commit(0).id, commits });
    assert.equal(draft.commits?.length, 100);
    assert.equal(draft.commits[0]?.message, 'Change 0');
    assert.equal(draft.commitCount, 2_047);
    assert.equal(draft.occurredAt, '2026-03-14T09:26:53.000Z');
  });

  it('do not tell a commit count when GitHub cut the list', () => {
    const commits = Array.from({ length: 2_048 }, (_, index) => commit(index));
    const draft = readOne('push', { ref: 'refs/heads/main', commits });
    assert.equal(draft.commits?.length, 100);
    assert.ok(!('commitCount' in draft));
  });

  it('that create or delete a branch are pushes only', () => {
    const created = readOne('push', { ref: 'refs/heads/a/b', before: ZEROS, created: true, commits: [] });
    assert.deepEqual([created.type, created.branch, created.created], ['push', 'a/b', true]);
    const deleted = readOne('push', { ref: 'refs/tags/v1', after: ZEROS, deleted: true, commits: [] });
    assert.deepEqual([deleted.type, deleted.tag, deleted.deleted, deleted.commitCount], ['push', 'v1', true, 0]);
  });

  it('name the pusher where an old body has no sender', () => {
    const draft = readOne('push', {
      ref: 'refs/heads/main',
      sender: null,
      pusher: { name: 'ada', email: 'ada@example.org' },
      repository: { name: 'app', owner: { name: 'dataforge' }, pushed_at: 1773480413 },
    });
    assert.deepEqual(draft.actor, { login: 'ada', email: 'ada@example.org', bot: false });
    assert.equal(draft.repo?.fullName, 'dataforge/app');
  });
});

describe('github pull requests', () => {
  const pull = { number: 3, title: 'New', state: 'open', base: { ref: 'next' }, updated_at: '2026-03-14T09:00:00Z' };

  it('that get another base and another title are two events', () => {
    const changes = { base: { ref: { from: 'main' }, sha: { from: ZEROS } }, title: { from: 'Old' } };
    const drafts = read('pull_request', { action: 'edited', pull_request: pull, changes });
    assert.deepEqual(
      drafts.map(({ type, changes: told }) => [type, told]),
      [
        ['pull.retargeted', { base: { from: 'main', to: 'next' } }],
        ['pull.edited', { title: { from: 'Old', to: 'New' } }],
      ],
    );
  });

  it('that only get another base are one event', () => {
    const changes = { base: { ref: { from: 'main' } } };
    assert.equal(readOne('pull_request', { action: 'edited', pull_request: pull, changes }).type, 'pull.retargeted');
  });

  it('hide the trial merge commit until they are merged', () => {
    const trial = { ...pull, merge_commit_sha: 'f'.repeat(40), merged: false, merged_at: null };
    const open = readOne('pull_request', { action: 'opened', pull_request: trial });
    assert.ok(!('mergeCommit' in open));
    const merged = { ...trial, state: 'closed', merged: true, merged_at: '2026-03-14T09:00:00Z' };
    const done = readOne('pull_request', { action: 'closed', pull_request: merged });
    assert.deepEqual([done.type, done.state, done.mergeCommit], ['pull.merged', 'merged', 'f'.repeat(40)]);
  });
});

describe('github permissions', () => {
  const comment = (association: string, user: object) => ({
    action: 'created',
    issue: { number: 1, pull_request: {} },
    comment: { id: 5, body: '/pipeline', user, author_association: association },
  });

  it('follow from the association of the author where it settles them', () => {
    const expected = [
      ['OWNER', 'admin'],
      ['NONE', 'read'],
      ['FIRST_TIMER', 'read'],
      ['FIRST_TIME_CONTRIBUTOR', 'read'],
      ['CONTRIBUTOR', 'read'],
      ['MANNEQUIN', 'read'],
      ['MEMBER', undefined],
      ['COLLABORATOR', undefined],
      ['SOMETHING_NEW', undefined],
    ];
    for (const [association, permission] of expected) {
      assert.equal(readOne('issue_comment', comment(association ?? '', ADA)).permission, permission, association);
    }
  });

  it('are not taken from the author when somebody else acts', () => {
    assert.ok(!('permission' in readOne('issue_comment', comment('OWNER', GRACE))));
  });
});

describe('github times', () => {
  it('are absent where the object only tells when it last changed', () => {
    const old = '2019-01-01T00:00:00Z';
    const issue = { number: 1, updated_at: old };
    for (const action of ['deleted', 'transferred', 'pinned', 'unpinned']) {
      assert.ok(!('occurredAt' in readOne('issues', { action, issue })), action);
    }
    const arrival = { action: 'opened', issue, changes: { old_issue: { number: 4 }, old_repository: {} } };
    assert.ok(!('occurredAt' in readOne('issues', arrival)));
    const comment = { id: 5, updated_at: old };
    assert.ok(!('occurredAt' in readOne('issue_comment', { action: 'deleted', issue, comment })));
    assert.ok(!('occurredAt' in readOne('repository', { action: 'deleted' })));
  });
});

describe('github events without a type', () => {
  it('say why, and still name repository, actor and GitHub’s own words', () => {
    const label = { name: 'bug', updated_at: '2026-03-14T09:00:00Z' };
    assert.deepEqual(readOne('label', { action: 'created', label }), {
      occurredAt: '2026-03-14T09:00:00.000Z',
      title: 'bug',
      type: 'unknown',
      repo: { id: '9', fullName: 'dataforge/app', owner: 'dataforge', name: 'app' },
      actor: { id: '7', login: 'ada', bot: false },
      native: { event: 'label', action: 'created' },
      reason: 'Fettle has no type for this event.',
    });
  });

  it('are those of a known event with a new action', () => {
    for (const action of ['dreamt', 'constructor', '__proto__']) {
      const draft = readOne('issues', { action, issue: { number: 12, title: 'Crash' } });
      assert.deepEqual([draft.type, draft.number, draft.native?.action], ['unknown', 12, action]);
    }
  });

  it('are those whose object or repository is missing', () => {
    assert.equal(readOne('issues', { action: 'opened' }).reason, 'The payload has no issue.');
    const nowhere = readOne('issues', { action: 'opened', issue: { number: 1 }, repository: [] });
    assert.deepEqual([nowhere.type, nowhere.reason], ['unknown', 'The payload does not name its repository.']);
  });

  it('include organisation events, which have no repository', () => {
    const draft = readOne('organization', {
      action: 'member_added',
      repository: undefined,
      organization: { login: 'dataforge' },
    });
    assert.deepEqual([draft.type, draft.repo, draft.actor?.login], ['unknown', undefined, 'ada']);
  });
});

describe('github releases', () => {
  it('are published once, however many deliveries one publication makes', () => {
    const release = { id: 1, tag_name: 'v1', published_at: '2026-03-14T09:00:00Z' };
    const types = ['created', 'published', 'released'].map((action) => readOne('release', { action, release }).type);
    assert.deepEqual(types, ['release.created', 'release.published', 'release.edited']);
  });
});
