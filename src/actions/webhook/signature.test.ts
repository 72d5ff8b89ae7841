import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { FettleError } from '../../core/errors.ts';
import { toSignatureHeaders } from './signature.ts';

/** The receiver's library, which refuses old timestamps by its own clock. */
const content = { id: '01920000-0000-7000-8000-000000000001', atMs: Date.now(), body: '{"ä":"\\u0000 €"}' };

describe('signature', () => {
  it('is one that the reference library accepts, for secrets of both forms', () => {
    const whsec = `whsec_${randomBytes(32).toString('base64')}`;
    new Webhook(whsec).verify(content.body, toSignatureHeaders(content, [whsec]));
    const raw = 'any text, even with spaces: =+ ';
    new Webhook(raw, { format: 'raw' }).verify(content.body, toSignatureHeaders(content, [raw]));
  });

  it('is accepted by whoever knows one of several secrets, and by nobody else', () => {
    const [first, second, other] = [1, 2, 3].map(() => `whsec_${randomBytes(24).toString('base64')}`) as [
      string,
      string,
      string,
    ];
    const headers = toSignatureHeaders(content, [first, second]);
    new Webhook(first).verify(content.body, headers);
    new Webhook(second).verify(content.body, headers);
    assert.throws(() => new Webhook(other).verify(content.body, headers), /signature/i);
  });

  it('covers the id, the time and the body', () => {
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    const headers = toSignatureHeaders(content, [secret]);
    const webhook = new Webhook(secret);
    assert.throws(() => webhook.verify(`${content.body} `, headers), /signature/i);
    assert.throws(() => webhook.verify(content.body, { ...headers, 'webhook-id': 'another' }), /signature/i);
    const later = String(Number(headers['webhook-timestamp']) + 1);
    assert.throws(() => webhook.verify(content.body, { ...headers, 'webhook-timestamp': later }), /signature/i);
  });

  it('is absent without a secret', () => {
    assert.deepEqual(Object.keys(toSignatureHeaders(content, [])), ['webhook-id', 'webhook-timestamp']);
  });

  it('refuses what cannot be a key, without repeating it', () => {
    for (const secret of ['whsec_', 'whsec_not base64!', 'whsec_abcde', '']) {
      assert.throws(
        () => toSignatureHeaders(content, [secret]),
        (error) =>
          error instanceof FettleError && error.code === 'secret_unresolved' && !error.message.includes('not base64!'),
        secret,
      );
    }
  });
});
