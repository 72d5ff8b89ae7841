import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSameAddress, toAddressWarnings, toHookAddress } from './address.ts';

test('the address is made of where forges reach the hub', () => {
  assert.equal(toHookAddress('https://hub.example.org', 'home'), 'https://hub.example.org/webhook/home');
  assert.equal(toHookAddress('https://hub.example.org/fettle/', 'home'), 'https://hub.example.org/fettle/webhook/home');
  for (const wrong of [
    null,
    'hub.example.org',
    'ftp://hub.example.org',
    'https://ada:hunter2@hub.example.org',
    'https://h/?a=b',
  ]) {
    assert.throws(
      () => toHookAddress(wrong, 'home'),
      (error: Error & { code: string }) => {
        return error.code === 'invalid_request' && !error.message.includes('hunter2');
      },
    );
  }
});

test('spellings of one address are the same, other addresses are not', () => {
  const address = 'https://hub.example.org/webhook/home';
  for (const same of ['https://HUB.example.org:443/webhook/home', `${address}/`, ` ${address} `]) {
    assert.ok(isSameAddress(address, same), same);
  }
  for (const other of [
    'http://hub.example.org/webhook/home',
    'https://hub.example.org:8443/webhook/home',
    'https://hub.example.org/webhook/Home',
    'https://hub.example.org/webhook/home2',
    `${address}?x=1`,
    'not an address',
    '',
  ]) {
    assert.ok(!isSameAddress(address, other), other);
  }
});

test('addresses that the forge will probably refuse are told beforehand', () => {
  const gitea = { kind: 'gitea', url: 'https://git.example.org', insecure: false } as const;
  for (const host of [
    '10.0.0.5',
    '192.168.1.9:8080',
    'localhost',
    'hub',
    'hub.lan',
    'hub.local',
    '[fd00::1]',
    '[::1]',
    '172.16.3.3',
  ]) {
    assert.match(toAddressWarnings(`http://${host}/webhook/home`, gitea).join(), /ALLOWED_HOST_LIST/, host);
  }
  for (const host of ['hub.example.org', '93.184.216.34', '[2606:4700::1111]']) {
    assert.deepEqual(toAddressWarnings(`https://${host}/webhook/home`, gitea), [], host);
  }
  assert.match(
    toAddressWarnings('http://10.0.0.5/webhook/gh', { ...gitea, kind: 'github', url: null }).join(),
    /cannot reach/,
  );
  const gitlab = { ...gitea, kind: 'gitlab' } as const;
  assert.match(toAddressWarnings('http://hub.example.org/webhook/gl', gitlab).join(), /Use https/);
  assert.deepEqual(toAddressWarnings('http://hub.example.org/webhook/gl', { ...gitlab, insecure: true }), []);
});
