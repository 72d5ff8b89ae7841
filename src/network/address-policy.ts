import { BlockList, isIP } from 'node:net';
import { FettleError } from '../core/errors.ts';

/**
 * Where outgoing requests may go: to public addresses, and to the private networks that the configuration names. The lists are
 * the special-purpose registries of IANA (RFC 6890 and its updates). For IPv4 they name what is not public; IPv6 is public
 * only within 2000::/3, and not in all of that.
 */
const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8', // this host
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and the metadata services of clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved and broadcast
];

const NOT_PUBLIC_IPV6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: holds any IPv4 address
  '3fff::/20', // documentation
];

/** IPv6 spellings whose last 32 bits are an IPv4 address that the packets really go to. */
const IPV4_MAPPED = toBlockList(['::ffff:0:0/96']);
const NAT64 = toBlockList(['64:ff9b::/96']);
const GLOBAL_UNICAST = toBlockList(['2000::/3']);
const FORBIDDEN_IPV4 = toBlockList(NOT_PUBLIC_IPV4);
const FORBIDDEN_IPV6 = toBlockList(NOT_PUBLIC_IPV6);

/** Decides about addresses, never about names. */
export interface AddressPolicy {
  /** Whether a connection to this address, written as text, is allowed. Anything that is no address is not. */
  allows(address: string): boolean;
}

/**
 * The policy that allows public addresses and the given networks.
 * @param allowPrivate networks as `10.0.0.0/8` or `fd00::/8`, or single addresses.
 * @throws FettleError `config_invalid` for anything else.
 */
export function createAddressPolicy(allowPrivate: readonly string[]): AddressPolicy {
  const allowed = toBlockList(allowPrivate);
  return {
    allows(text) {
      const address = toCanonical(text);
      if (address === undefined) return false;
      return allowed.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6') || isPublic(address);
    },
  };
}

/** Without the zone (`%eth0`), and IPv4-mapped addresses as the IPv4 address that they are. */
function toCanonical(text: string): string | undefined {
  const [address = ''] = text.split('%', 1);
  if (isIP(address) === 0) return undefined;
  return isIP(address) === 6 && IPV4_MAPPED.check(address, 'ipv6') ? toEmbeddedIpv4(address) : address;
}

function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !FORBIDDEN_IPV4.check(address, 'ipv4');
  if (NAT64.check(address, 'ipv6')) return isPublic(toEmbeddedIpv4(address));
  return GLOBAL_UNICAST.check(address, 'ipv6') && !FORBIDDEN_IPV6.check(address, 'ipv6');
}

/** The last 32 bits of an IPv6 address, in whichever of its spellings. */
function toEmbeddedIpv4(address: string): string {
  // The URL parser writes every IPv6 address in its one compressed form, without dots.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':');
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const valid = /^[^/%]+(\/\d{1,3})?$/.test(network) && family !== 0 && length <= bits;
    if (!valid) {
      throw new FettleError(
        'config_invalid',
        `network.allowPrivate holds ${JSON.stringify(network.slice(0, 60))}, which is not a network. Write 10.0.0.0/8, fd00::/8 or a single address.`,
      );
    }
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
