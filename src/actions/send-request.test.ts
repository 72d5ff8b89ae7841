import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSecretReference, toCredentialName } from './credential-name.ts';
import { toAnswerWords } from './send-request.ts';

const words = (body: string, ...secrets: string[]) => toAnswerWords(Buffer.from(body), secrets);

describe('the words of an answer', () => {
  it('are a text, or the usual fields of JSON, on one short line', () => {
    assert.equal(words('no_service\n'), 'no_service');
    assert.equal(words('{"error":"limit reached","code":42901}'), 'limit reached');
    assert.equal(words('{"error":{"message":"inner"},"message":"outer"}'), 'inner');
    assert.equal(words('{"message":"Invalid\\r\\nwebhook \\u0000"}'), 'Invalid webhook');
    assert.equal(words('{"title":"Problem","detail":"More"}'), 'More');
    assert.ok(words('x'.repeat(1_000_000)).length <= 200);
  });

  it('are none for a page, for other JSON, for broken JSON and for nothing', () => {
    for (const body of ['<!doctype html><p>x', '{"a":1}', '{"error":', '{"error":7}', '', '\xff\x00']) {
      assert.equal(words(body).replace(/\ufffd|ÿ/g, ''), '', body);
    }
  });

  it('are none when they repeat a secret or a part of an address that is one', () => {
    const address = 'https://hooks.example.org/services/T0000/abcdefgh?key=ijklmnop';
    for (const echo of ['no abcdefgh here', 'bad key ijklmnop', `cannot reach ${address}`])
      assert.equal(words(echo, address), '', echo);
    assert.equal(words('no such thing', address), 'no such thing');
    assert.equal(words(`${'x'.repeat(500)}tokentoken`, 'tokentoken'), '');
  });
});

describe('the name of a credential', () => {
  it('is made of references only, and leads back to them', () => {
    const name = toCredentialName(['half-of-a-secret-${env:A}', '${file:/run/a@b}']);
    assert.equal(name, 'secret:${env:A}${file:/run/a%40b}');
    assert.equal(findSecretReference(name ?? ''), '${env:A}${file:/run/a@b}');
    assert.equal(toCredentialName([]), null);
    assert.equal(findSecretReference('forge:home'), undefined);
  });
});
