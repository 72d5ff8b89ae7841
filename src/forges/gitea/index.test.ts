import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';
import { testForgeContract } from '../contract.testsuite.ts';
import type { ForgeDriver } from '../contract.ts';
import { forgejo } from '../forgejo/index.ts';
import { gogs } from '../gogs/index.ts';
import { hmacSha256, sha256Hex } from '../signature.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { gitea } from './index.ts';

const SECRET = 'a-secret-of-this-test';
const BODY = Buffer.from('{"ref":"refs/heads/main"}');
const DIGEST = hmacSha256(SECRET, BODY).toString('hex');
const REPOSITORY = { id: 9, full_name: 'dataforge/app' };

testForgeContract(gitea);

function verdictOf(headers: IncomingHttpHeaders, driver: ForgeDriver = gitea) {
  return driver.verify({ headers, body: BODY }, BODY, [SECRET], 0);
}

function receive(payload: object, headers: IncomingHttpHeaders, driver: ForgeDriver = gitea) {
  const trust = { secrets: [], unsigned: true, insecure: false };
  const request = { headers, body: Buffer.from(JSON.stringify({ repository: REPOSITORY, ...payload })) };
  return parseDelivery(verifyDelivery(driver, request, trust, { secure: true }, 0));
}

function draftsOf(payload: object, event: string, driver: ForgeDriver = gitea) {
  return driver.normalise(receive(payload, { 'x-gitea-event': event, 'x-gogs-event': event }, driver)).drafts;
}

describe('gitea signatures', () => {
  it('accepts each SHA-256 header alone, whatever alias it came under', () => {
    for (const name of ['x-gitea-signature', 'x-gogs-signature', 'x-forgejo-signature']) {
      assert.equal(verdictOf({ [name]: DIGEST }), undefined, name);
    }
    assert.equal(verdictOf({ 'x-hub-signature-256': `sha256=${DIGEST}` }), undefined);
    assert.equal(verdictOf({ 'x-hub-signature-256': DIGEST }), 'signature_invalid');
  });

  it('refuses a right signature beside a wrong, empty or foreign one', () => {
    const right = { 'x-gitea-signature': DIGEST };
    for (const wrong of ['', 'sha256=', 'sha256=0', DIGEST, `sha1=${DIGEST}`, `sha256=${DIGEST.toUpperCase()}`]) {
      assert.equal(verdictOf({ ...right, 'x-hub-signature-256': wrong }), 'signature_invalid', wrong);
    }
    assert.equal(
      verdictOf({ ...right, 'x-gogs-signature': hmacSha256('other', BODY).toString('hex') }),
      'signature_invalid',
    );
  });

  it('calls empty digests and a lone SHA-1 what they are: no signature', () => {
    assert.equal(verdictOf({ 'x-gitea-signature': '', 'x-hub-signature-256': 'sha256=' }), 'signature_missing');
    assert.equal(
      verdictOf({ 'x-hub-signature': 'sha1=2fd4e1c67a2d28fced849ee1bb76e7391b93eb12' }),
      'signature_missing',
    );
  });

  it('signs the JSON text of a form, not the form', () => {
    const body = Buffer.from(new URLSearchParams({ payload: BODY.toString() }).toString());
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const trust = { secrets: [SECRET], unsigned: false, insecure: false };
    const request = { headers: { ...form, 'x-gitea-signature': DIGEST }, body };
    assert.deepEqual(verifyDelivery(gitea, request, trust, { secure: true }, 0).payloadBytes, BODY);
    const overForm = { ...form, 'x-gitea-signature': hmacSha256(SECRET, body).toString('hex') };
    assert.throws(() => verifyDelivery(gitea, { headers: overForm, body }, trust, { secure: true }, 0), {
      code: 'signature_invalid',
    });
  });
});

describe('gitea identity', () => {
  it('uses the hash of the body where no delivery id came', () => {
    const delivery = receive({}, { 'x-gitea-event': 'push' });
    assert.deepEqual(gitea.identify(delivery), {
      event: 'push',
      action: undefined,
      deliveryId: undefined,
      deliveryKey: `sha256:${sha256Hex(delivery.payloadBytes)}`,
      test: false,
    });
  });

  it('reads the fine event name where the coarse one is empty', () => {
    const delivery = receive({ action: 'created' }, { 'x-gitea-event': '', 'x-gitea-event-type': 'package' });
    assert.equal(gitea.identify(delivery)?.event, 'package');
    assert.equal(gitea.normalise(delivery).drafts[0]?.type, 'package.published');
  });

  it('prefers Forgejo’s own headers and reads Gitea’s where they are alone', () => {
    const both = receive({}, { 'x-forgejo-event': 'push', 'x-forgejo-delivery': 'f-1', 'x-gitea-delivery': 'g-1' });
    assert.equal(forgejo.identify(both)?.deliveryId, 'f-1');
    const alone = receive({}, { 'x-gitea-event': 'push', 'x-gitea-delivery': 'g-1' });
    assert.equal(forgejo.identify(alone)?.deliveryId, 'g-1');
  });

  it('does not take GitHub’s headers for its own', () => {
    assert.equal(gitea.identify(receive({}, { 'x-github-event': 'push', 'x-github-delivery': 'h-1' })), undefined);
  });

  it('sees the test button in a push that moves nothing, and not in a deleted ref that never was', () => {
    const push = (before: string, after: string) =>
      gitea.identify(receive({ before, after }, { 'x-gitea-event': 'push' }))?.test;
    assert.equal(push('a'.repeat(40), 'a'.repeat(40)), true);
    assert.equal(push('a'.repeat(40), 'b'.repeat(40)), false);
    assert.equal(push('0'.repeat(40), '0'.repeat(40)), false);
  });
});

describe('gitea meaning', () => {
  it('reads a full and a short ref alike', () => {
    for (const ref of ['v1', 'refs/tags/v1']) {
      const [draft] = draftsOf({ ref, ref_type: 'tag' }, 'delete');
      assert.deepEqual([draft?.type, draft?.ref, draft?.tag], ['tag.deleted', 'refs/tags/v1', 'v1']);
    }
  });

  it('says which repository is the fork, the way round that each member sends it', () => {
    const payload = { forkee: { full_name: 'one/app' }, repository: { full_name: 'two/app' } };
    for (const [driver, source, fork] of [
      [gitea, 'one/app', 'two/app'],
      [forgejo, 'one/app', 'two/app'],
      [gogs, 'two/app', 'one/app'],
    ] as const) {
      const [draft] = draftsOf(payload, 'fork', driver);
      assert.deepEqual([draft?.repo?.fullName, draft?.fork?.fullName], [source, fork], driver.kind);
    }
  });

  it('tells a review that comments from a comment on the timeline, both called pull_request_comment', () => {
    const pull_request = { number: 3 };
    const review = { action: 'reviewed', pull_request, review: { content: 'Hm.' } };
    const comment = { action: 'created', issue: pull_request, comment: { id: 5, body: 'Hm.' }, is_pull: true };
    assert.equal(draftsOf(review, 'pull_request_comment')[0]?.type, 'review.commented');
    const [draft] = draftsOf(comment, 'pull_request_comment');
    assert.deepEqual([draft?.type, draft?.subject, draft?.number], ['comment.created', 'pull', 3]);
  });

  it('states the permission of a commenter, and none where the payload is silent or somebody else’s', () => {
    const permissions = [
      [{ admin: true, push: true, pull: true }, 'admin'],
      [{ admin: false, push: true, pull: true }, 'write'],
      [{ admin: false, push: false, pull: true }, 'read'],
      [{ admin: false, push: false, pull: false }, 'none'],
      [{ admin: 'yes' }, undefined],
      [null, undefined],
    ] as const;
    for (const [told, expected] of permissions) {
      const repository = { ...REPOSITORY, permissions: told };
      const comment = { action: 'created', repository, issue: { number: 3 }, comment: { id: 5 } };
      assert.equal(draftsOf(comment, 'issue_comment')[0]?.permission, expected);
      assert.equal(draftsOf(comment, 'issue_comment', gogs)[0]?.permission, undefined);
      const closed = { action: 'closed', repository, issue: { number: 3 } };
      assert.equal(draftsOf(closed, 'issues')[0]?.permission, undefined);
    }
  });

  it('takes null for an empty list of assignees and labels, and silence for not knowing', () => {
    const snapshotOf = (issue: object) =>
      gitea.normalise(receive({ action: 'closed', issue }, { 'x-gitea-event': 'issues' })).snapshot;
    const empty = snapshotOf({ number: 3, labels: null, assignees: null });
    assert.deepEqual([empty?.labels, empty?.assignees], [[], []]);
    const silent = snapshotOf({ number: 3, labels: 'bug' });
    assert.deepEqual([silent?.labels, silent?.assignees], [undefined, undefined]);
  });

  it('lists commits oldest first and at most the newest hundred', () => {
    const commits = Array.from({ length: 150 }, (_, index) => ({ id: `c${150 - index}`, message: 'm' }));
    const [draft] = draftsOf({ ref: 'refs/heads/main', after: 'c150', commits, total_commits: 400 }, 'push');
    assert.equal(draft?.commits?.length, 100);
    assert.deepEqual([draft?.commits?.[0]?.id, draft?.commits?.at(-1)?.id, draft?.commitCount], ['c51', 'c150', 400]);
  });

  it('calls the Actions account a bot, though nothing in the payload says so', () => {
    const sender = { id: -2, login: 'gitea-actions' };
    assert.equal(draftsOf({ ref: 'refs/heads/main', sender }, 'push')[0]?.actor?.bot, true);
  });

  it('says what is missing from a delivery that it cannot name', () => {
    for (const [event, payload] of [
      ['push', {}],
      ['create', { ref: 'x', ref_type: 'commit' }],
      ['issues', { action: 'opened' }],
      ['pull_request', { action: 'opened', pull_request: [] }],
      ['issue_comment', { action: 'created', issue: { number: 1 } }],
      ['issue_comment', { action: 'pinned', issue: { number: 1 }, comment: { id: 1 } }],
      ['fork', { forkee: null }],
      ['release', {}],
      ['repository', { action: 'renamed' }],
      ['wiki', {}],
      ['package', { action: '__proto__' }],
      ['status', {}],
      ['workflow_run', { action: 'completed' }],
    ] as const) {
      const [draft] = draftsOf(payload, event);
      assert.equal(draft?.type, 'unknown', event);
      assert.ok(draft.reason);
    }
  });
});
