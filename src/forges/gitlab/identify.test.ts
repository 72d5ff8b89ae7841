import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identity } from '../contract.ts';
import { parseDelivery, restoreVerified } from '../verify.ts';
import { gitlab } from './index.ts';

function identify(headers: Record<string, string>, payload: object): Identity | undefined {
  const body = Buffer.from(JSON.stringify(payload));
  return gitlab.identify(parseDelivery(restoreVerified(gitlab, { headers, body })));
}

describe('gitlab identify', () => {
  it('takes the webhook id, then the idempotency key, as the id of the delivery', () => {
    const headers = { 'x-gitlab-event': 'Push Hook', 'idempotency-key': 'k-1' };
    assert.equal(identify(headers, {})?.deliveryId, 'k-1');
    assert.equal(identify({ ...headers, 'webhook-id': 'w-1' }, {})?.deliveryKey, 'w-1');
  });

  it('makes a key of body and event UUID for versions that send no id', () => {
    const headers = { 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': 'u-1' };
    const first = identify(headers, { ref: 'a' });
    assert.equal(first?.deliveryId, undefined);
    assert.equal(first?.deliveryKey, identify(headers, { ref: 'a' })?.deliveryKey);
    assert.notEqual(first?.deliveryKey, identify(headers, { ref: 'b' })?.deliveryKey);
    assert.notEqual(
      first?.deliveryKey,
      identify({ ...headers, 'x-gitlab-event-uuid': 'u-2' }, { ref: 'a' })?.deliveryKey,
    );
  });

  it('keeps a body from a custom template instead of refusing it', () => {
    assert.equal(identify({ 'x-gitlab-event': 'Push Hook' }, { text: 'hello' })?.event, 'Push Hook');
    assert.equal(identify({ 'x-gitlab-event': '' }, { object_kind: 'push' }), undefined);
  });
});
