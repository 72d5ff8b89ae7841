import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { testForgeContract } from '../contract.testsuite.ts';
import type { DeliveryRequest, Identity, Normalised } from '../contract.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { bitbucket } from './index.ts';

const TRUST = { secrets: [], unsigned: true, insecure: false };

testForgeContract(bitbucket);

describe('bitbucket deliveries', () => {
  it('take the event key of the header over that of the body', () => {
    const { identity, normalised } = read({ 'x-event-key': 'pr:declined' }, toPull('pr:opened'));
    assert.equal(identity?.event, 'pr:declined');
    assert.equal(normalised?.drafts[0]?.type, 'pull.closed');
  });

  it('are found by their body when a proxy dropped the headers', () => {
    assert.equal(read({}, toPull('pr:opened')).identity?.event, 'pr:opened');
    assert.equal(read({}, toCloudPush()).identity?.event, 'repo:push');
    assert.equal(read({}, { test: true }).identity?.event, 'diagnostics:ping');
    assert.equal(read({}, { repository: { full_name: 'dataforge/app' } }).identity, undefined);
    assert.equal(read({ 'x-event-key': '  ' }, {}).identity, undefined);
  });

  it('are read as Data Center when only the header names the event, as in old versions', () => {
    const { eventKey: _eventKey, ...body } = toPull('pr:opened');
    assert.equal(read({ 'x-event-key': 'pr:opened' }, body).normalised?.drafts[0]?.repo?.fullName, '~ada/app');
  });

  it('are read as Cloud when the push plugin of Data Center sends the body of Cloud', () => {
    const { normalised } = read({ 'x-event-key': 'repo:push', 'x-request-id': 'r' }, toCloudPush());
    assert.deepEqual(
      normalised?.drafts.map((draft) => [draft.type, draft.ref]),
      [['push', 'refs/heads/main']],
    );
  });

  it('with a key that Fettle does not know are unknown, in either dialect', () => {
    for (const body of [toPull('pr:later'), { repository: { full_name: 'dataforge/app' } }]) {
      const { normalised } = read({ 'x-event-key': 'something:later' }, body);
      assert.equal(normalised?.drafts[0]?.type, 'unknown');
      assert.match(normalised.drafts[0].reason ?? '', /no type for this event key/);
    }
    const bare = read({ 'x-event-key': 'something:later', 'x-hook-uuid': 'h' }, { actor: { nickname: 'ada' } });
    assert.equal(bare.normalised?.drafts[0]?.actor?.login, 'ada');
  });

  it('whose body lacks what the key promises are unknown', () => {
    const keys = ['repo:push', 'repo:fork', 'repo:updated', 'repo:transfer', 'repo:created', 'issue:created'];
    keys.push('issue:updated', 'issue:comment_created', 'pullrequest:created', 'pullrequest:comment_created');
    keys.push('repo:commit_status_created', 'repo:commit_comment_created', 'repo:refs_changed', 'repo:forked');
    keys.push('repo:modified', 'repo:comment:added', 'pr:opened', 'pr:modified', 'pr:from_ref_updated');
    keys.push('pr:reviewer:updated', 'pr:reviewer:approved', 'pr:comment:added');
    for (const key of keys) {
      const [draft] = read({ 'x-event-key': key }, {}).normalised?.drafts ?? [];
      assert.equal(draft?.type, 'unknown', key);
      assert.match(draft.reason ?? '', /lacks/, key);
    }
  });

  it('take the delivery id of their own forge when a proxy added another', () => {
    const both = { 'x-request-uuid': 'cloud-id', 'x-request-id': 'other-id' };
    assert.equal(read({ ...both, 'x-event-key': 'repo:push' }, toCloudPush()).identity?.deliveryId, 'cloud-id');
    assert.equal(read({ ...both, 'x-event-key': 'pr:opened' }, toPull('pr:opened')).identity?.deliveryId, 'other-id');
  });

  it('without an id are the same delivery only with the same event and body', () => {
    const key = (event: string, body: object) => read({ 'x-event-key': event }, body).identity?.deliveryKey;
    assert.equal(key('repo:push', toCloudPush()), key('repo:push', toCloudPush()));
    // Cloud sends equal bodies under different keys.
    assert.notEqual(key('pullrequest:created', {}), key('pullrequest:updated', {}));
    assert.notEqual(key('repo:push', toCloudPush()), key('repo:push', {}));
  });
});

describe('bitbucket accounts', () => {
  it('of apps and access tokens are bots', () => {
    const app = { actor: { display_name: 'Wheel bot', type: 'app_user', uuid: '{u}' } };
    assert.equal(read({ 'x-event-key': 'repo:push' }, app).normalised?.drafts[0]?.actor?.bot, true);
    const token = { actor: { name: 'token-5', slug: 'token-5', id: 9, type: 'SERVICE' } };
    assert.equal(read({ 'x-event-key': 'pr:opened' }, token).normalised?.drafts[0]?.actor?.bot, true);
  });
});

describe('bitbucket connection test', () => {
  const ping = (headers: Record<string, string>, body: string): DeliveryRequest => ({
    headers,
    body: Buffer.from(body),
  });

  it('is recognised with and without its event key, however the body is spaced', () => {
    assert.equal(bitbucket.isConnectionTest?.(ping({}, '{"test":true}')), true);
    assert.equal(bitbucket.isConnectionTest?.(ping({ 'x-event-key': 'diagnostics:ping' }, '{ "test": true }')), true);
  });

  it('is not anything else', () => {
    const others = ['{"test":false}', '{"test":true,"more":1}', '[true]', 'null', '"test"', '', '{'];
    for (const body of others) assert.equal(bitbucket.isConnectionTest?.(ping({}, body)), false, body);
    assert.equal(bitbucket.isConnectionTest?.(ping({}, `{"test":true}${' '.repeat(300)}`)), false);
    assert.equal(bitbucket.isConnectionTest?.(ping({ 'x-event-key': 'repo:push' }, '{"test":true}')), false);
    assert.equal(bitbucket.isConnectionTest?.(ping({ 'x-hub-signature': 'sha256=0' }, '{"test":true}')), false);
  });
});

function read(
  headers: Record<string, string>,
  payload: object,
): { identity: Identity | undefined; normalised: Normalised | undefined } {
  const request = { headers, body: Buffer.from(JSON.stringify(payload)) };
  const delivery = parseDelivery(verifyDelivery(bitbucket, request, TRUST, { secure: true }, 0));
  const identity = bitbucket.identify(delivery);
  return { identity, normalised: identity && bitbucket.normalise(delivery) };
}

function toPull(eventKey: string) {
  const repository = { slug: 'app', id: 4, project: { key: '~ada' } };
  return { eventKey, pullRequest: { id: 1, state: 'OPEN', toRef: { id: 'refs/heads/main', repository } } };
}

function toCloudPush() {
  const target = { hash: 'a'.repeat(40) };
  const main = { type: 'branch', name: 'main', target };
  return { push: { changes: [{ old: main, new: main }] }, repository: { full_name: 'dataforge/app' } };
}
