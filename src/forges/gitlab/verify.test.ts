import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FettleError } from '../../core/errors.ts';
import { gitlab } from './index.ts';

const NOW_MS = Date.parse('2026-03-14T12:00:00.000Z');
const BODY = Buffer.from('{"object_kind":"push"}');
const TOKEN = 'plain-token';
const SIGNING = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`;
const OTHER_SIGNING = `whsec_${Buffer.alloc(32, 'm').toString('base64')}`;

function headersOf(secret: string, atMs = NOW_MS): Record<string, string> {
  return gitlab.toSignedHeaders({ event: 'Push Hook', body: BODY, secret, deliveryId: 'd-1', nowMs: atMs });
}

function verdictOf(headers: Record<string, string>, secrets: string[]) {
  return gitlab.verify({ headers, body: BODY }, BODY, secrets, NOW_MS);
}

describe('gitlab verify', () => {
  it('agrees with a Standard Webhooks signature that was computed elsewhere', () => {
    // Made with OpenSSL: printf 'msg_1.1773489600.{}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:6b…6b -binary | base64
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1773489600',
      'webhook-signature': 'v1,1Wtqzl+eRf08Gv9c4qF7HfvJA7cjcYeOCxN0QkjiKAk=',
    };
    const body = Buffer.from('{}');
    assert.equal(gitlab.verify({ headers, body }, body, [SIGNING], 1_773_489_600_000), undefined);
  });

  it('refuses a request with only a token once a signing token is configured', () => {
    assert.equal(verdictOf(headersOf(TOKEN), [SIGNING]), 'signature_missing');
    assert.equal(verdictOf(headersOf(TOKEN), [TOKEN, SIGNING]), 'signature_missing');
  });

  it('wants both headers to hold where both are present and both secrets are known', () => {
    const both = { ...headersOf(SIGNING), 'x-gitlab-token': TOKEN };
    assert.equal(verdictOf(both, [SIGNING, TOKEN]), undefined);
    assert.equal(verdictOf({ ...both, 'x-gitlab-token': 'other' }, [SIGNING, TOKEN]), 'signature_invalid');
    assert.equal(verdictOf({ ...both, 'x-gitlab-token': 'other' }, [SIGNING]), undefined);
    assert.equal(verdictOf(both, [TOKEN]), undefined);
    assert.equal(verdictOf({ ...both, 'webhook-signature': 'v1,AAAA' }, [SIGNING, TOKEN]), 'signature_invalid');
  });

  it('accepts one matching entry of a list of signatures', () => {
    const mine = headersOf(SIGNING);
    const theirs = headersOf(OTHER_SIGNING)['webhook-signature'];
    const listed = { ...mine, 'webhook-signature': `v1a,AAAA ${theirs} ${mine['webhook-signature']}` };
    assert.equal(verdictOf(listed, [SIGNING]), undefined);
    assert.equal(verdictOf({ ...mine, 'webhook-signature': `${theirs} ${theirs}` }, [SIGNING]), 'signature_invalid');
  });

  it('refuses times further than five minutes away on either side', () => {
    for (const skewMs of [-300_000, 300_000])
      assert.equal(verdictOf(headersOf(SIGNING, NOW_MS + skewMs), [SIGNING]), undefined);
    for (const skewMs of [-301_000, 301_000]) {
      assert.equal(verdictOf(headersOf(SIGNING, NOW_MS + skewMs), [SIGNING]), 'signature_stale');
    }
    // A time that was changed after signing is not stale but forged.
    assert.equal(verdictOf({ ...headersOf(SIGNING), 'webhook-timestamp': '1' }, [SIGNING]), 'signature_invalid');
  });

  it('never matches a signing token that is not base64', () => {
    for (const broken of ['whsec_', 'whsec_not*base64', 'whsec_YQ', 'whsec_ YQ==']) {
      assert.equal(verdictOf(headersOf(SIGNING), [broken]), 'signature_invalid');
      assert.equal(verdictOf({ ...headersOf(TOKEN), 'x-gitlab-token': broken }, [broken]), 'signature_missing');
      assert.throws(
        () => headersOf(broken),
        (error) => error instanceof FettleError && error.code === 'secret_unresolved',
      );
    }
  });

  it('says that a token header is a bare secret, and a signature is not', () => {
    assert.equal(gitlab.presentsBareSecret({ headers: headersOf(TOKEN), body: BODY }), true);
    assert.equal(gitlab.presentsBareSecret({ headers: headersOf(SIGNING), body: BODY }), false);
  });
});
