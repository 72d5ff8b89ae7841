import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { maskBody, readMaskedBody } from './masked-body.ts';

test('the secret in an old Gitea body is masked and every other byte stays', () => {
  assert.equal(maskBody('{"secret" : "s3\\"cr\\\\et", "ref":"x"}'), '{"secret" : "********", "ref":"x"}');
});

test('a text that only talks about a secret stays as it is', () => {
  const body = JSON.stringify({ body: 'set "secret": "abc" in the config', secrets: 'x', not_secret: 'y' });
  assert.equal(maskBody(body), body);
});

test('the secret within the payload of a form is masked', () => {
  const form = new URLSearchParams({ payload: '{"secret":"hunter2","ref":"a+b"}' }).toString();
  const masked = new URLSearchParams(maskBody(form));
  assert.equal(masked.get('payload'), '{"secret":"********","ref":"a+b"}');
});

test('a form without a secret stays byte for byte', () => {
  const form = 'payload=%7B%22ref%22%3A%22a%20b%22%7D';
  assert.equal(maskBody(form), form);
});

test('a body that was cut or is no text at all is still shown', async () => {
  assert.equal(maskBody('{"secret":"hunter2","ref'), '{"secret":"********","ref');
  assert.equal(await readMaskedBody(zstdCompressSync(Buffer.from([0xff, 0x41]))), '\uFFFDA');
});

test('no secret of any JSON object survives masking, and the rest can still be read', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 12 }), fc.json(), (secret, json) => {
      const object = { before: 1, secret: `needle${secret}`, value: JSON.parse(json) as unknown };
      const masked = JSON.parse(maskBody(JSON.stringify(object))) as { secret: string };
      assert.equal(masked.secret, '********');
    }),
  );
});
