import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FettleError } from '../core/errors.ts';
import { createAddressPolicy } from './address-policy.ts';

const REFUSED = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.8.9.10',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  'fec0::1',
  '100::1',
  '2001:db8::1',
  '3fff::1',
  '5f00::1',
  '4000::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  // IPv4 addresses in the clothes of IPv6: mapped, compatible, NAT64, 6to4
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:10.0.0.1',
  '0:0:0:0:0:ffff:a00:1',
  '::ffff:169.254.169.254',
  '::127.0.0.1',
  '::7f00:1',
  '::8.8.8.8',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::10.0.0.1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2002:808:808::1',
  '::ffff:0:127.0.0.1',
];
const ACCEPTED = [
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '223.255.255.1',
  '2606:4700::1111',
  '2a00:1450:4001::1',
  '2003::1',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
];
const NO_ADDRESS = [
  '',
  'localhost',
  '127.1',
  '0x7f000001',
  '2130706433',
  '1.2.3.4.5',
  '::g',
  '127.0.0.1 ',
  '[::1]',
  '%',
];

describe('address policy', () => {
  const policy = createAddressPolicy([]);
  for (const address of REFUSED) {
    it(`refuses ${address}`, () => {
      assert.equal(policy.allows(address), false);
    });
  }

  it('allows public addresses', () => {
    for (const address of ACCEPTED) assert.equal(policy.allows(address), true, address);
  });

  it('refuses text that is no address', () => {
    for (const text of NO_ADDRESS) assert.equal(policy.allows(text), false, text);
  });

  it('allows the networks it is given, in whichever spelling, and no others', () => {
    const open = createAddressPolicy(['10.1.0.0/16', '127.0.0.1', 'fd00:1::/32', '::1/128']);
    const allowed = ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:a01:203', '127.0.0.1', 'fd00:1::9', '::1', '8.8.8.8'];
    for (const address of allowed) assert.equal(open.allows(address), true, address);
    const refused = ['10.2.0.1', '127.0.0.2', 'fd00:2::1', '::', '64:ff9b::10.1.2.3', '192.168.0.1'];
    for (const address of refused) assert.equal(open.allows(address), false, address);
  });

  it('says which network of the configuration is not one', () => {
    const wrong = [
      '10.0.0.0/33',
      '::1/129',
      '10.0.0/8',
      'localhost',
      '',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      'fe80::1%eth0/64',
    ];
    for (const network of [...wrong, '10.0.0.0/-1', '10.0.0.0/0x8']) {
      assert.throws(
        () => createAddressPolicy([network]),
        (error) => error instanceof FettleError && error.code === 'config_invalid' && error.message.includes(network),
        network,
      );
    }
  });

  it('treats an IPv4 address and its mapped spelling alike', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        assert.equal(policy.allows(`::ffff:${address}`), policy.allows(address));
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV6()), (text) => {
        assert.equal(typeof policy.allows(text), 'boolean');
      }),
    );
  });
});
