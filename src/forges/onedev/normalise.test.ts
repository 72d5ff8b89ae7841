import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identity, Normalised } from '../contract.ts';
import { parseDelivery, restoreVerified } from '../verify.ts';
import { onedev } from './index.ts';

function read(payload: object): { identity: Identity | undefined; normalised: Normalised } {
  const body = Buffer.from(JSON.stringify(payload));
  const delivery = parseDelivery(restoreVerified(onedev, { headers: {}, body }));
  return { identity: onedev.identify(delivery), normalised: onedev.normalise(delivery) };
}

describe('onedev', () => {
  it('stands placeholders in for names that the body does not tell, and keeps the ids', () => {
    const { normalised } = read({
      type: 'PullRequestAssigned',
      projectId: 21,
      userId: 7,
      requestId: 703,
      assigneeId: 8,
    });
    const [draft] = normalised.drafts;
    assert.deepEqual(draft?.repo, { id: '21', fullName: '#21', owner: '', name: '#21' });
    assert.deepEqual(draft?.actor, { id: '7', login: '#7', bot: false });
    assert.equal(draft?.assignee, '#8');
    assert.equal(draft?.subjectId, '703');
    assert.equal(draft?.number, undefined, 'the id of a request is not its number');
  });

  it('takes the path of a project that a body tells', () => {
    const { normalised } = read({ type: 'IssueOpened', projectId: 21, projectPath: 'dataforge/web/site' });
    assert.equal(normalised.drafts[0]?.repo?.owner, 'dataforge/web');
  });

  it('leaves out the actor of what nobody did', () => {
    assert.equal(read({ type: 'BuildPending', projectId: 21, userId: null }).normalised.drafts[0]?.actor, undefined);
  });

  it('makes the delivery key from the body, so that equal bodies are one delivery', () => {
    const first = { type: 'IssueOpened', issueId: 1, date: '2026-03-14T10:00:00.000+00:00' };
    const later = { ...first, date: '2026-03-14T10:00:00.001+00:00' };
    assert.equal(read(first).identity?.deliveryKey, read({ ...first }).identity?.deliveryKey);
    assert.notEqual(read(first).identity?.deliveryKey, read(later).identity?.deliveryKey);
    assert.equal(read(first).identity?.deliveryId, undefined);
  });

  it('keeps an event that it has never heard of', () => {
    const [draft] = read({ type: 'MoonRisen', projectId: 21 }).normalised.drafts;
    assert.equal(draft?.type, 'unknown');
    assert.match(draft?.reason ?? '', /MoonRisen/);
  });

  it('asks for the secret in the header and for nothing else', () => {
    const body = Buffer.from('{}');
    const request = { headers: { 'x-onedev-signature': 'open' }, body };
    assert.equal(onedev.verify(request, body, ['other', 'open'], 0), undefined);
    assert.equal(onedev.verify(request, body, ['other'], 0), 'signature_invalid');
    assert.equal(onedev.verify({ headers: {}, body }, body, ['open'], 0), 'signature_missing');
    assert.equal(onedev.presentsBareSecret(request), true);
    assert.equal(onedev.presentsBareSecret({ headers: {}, body }), false);
  });
});
