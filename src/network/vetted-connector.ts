import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { FettleError } from '../core/errors.ts';
import type { AddressPolicy } from './address-policy.ts';

/** An address of a host, as a resolver gives it. */
export interface ResolvedAddress {
  readonly address: string;
}

/** Looks up all addresses of a name. Rejects when it cannot. */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** The resolver of the operating system, hosts file included. */
export const systemResolver: Resolver = (hostname) => lookup(hostname, { all: true });

/**
 * A connector that reaches allowed addresses only. Each new connection is looked up once; the addresses that come back are
 * vetted, and the socket is given those and no others, so a name that later points elsewhere changes nothing (DNS rebinding).
 * An address written in the URL is never looked up and is vetted by itself.
 */
export function createVettedConnector(
  policy: AddressPolicy,
  resolve: Resolver,
  connectTimeoutMs: number,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: connectTimeoutMs,
    allowH2: false,
    lookup: createVettedLookup(policy, resolve),
  });
  return (options, callback) => {
    if (isIP(options.hostname) !== 0 && !policy.allows(options.hostname)) {
      callback(toForbidden(options.hostname), null);
      return;
    }
    connect(options, callback);
  };
}

/** The lookup of a socket that is given allowed addresses only. */
export function createVettedLookup(policy: AddressPolicy, resolve: Resolver): LookupFunction {
  return (hostname, options, callback) => {
    findAllowed(policy, resolve, hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, '', 0);
      },
    );
  };
}

interface SocketAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

async function findAllowed(
  policy: AddressPolicy,
  resolve: Resolver,
  hostname: string,
): Promise<[SocketAddress, ...SocketAddress[]]> {
  const found = await resolve(hostname);
  const [first, ...others] = found
    .filter(({ address }) => policy.allows(address))
    .map(({ address }): SocketAddress => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
  if (first === undefined) throw toForbidden(hostname);
  return [first, ...others];
}

/** The refusal of a host, with what to do about it. */
export function toForbidden(hostname: string): FettleError {
  return new FettleError(
    'address_forbidden',
    `${hostname} is not at a public address, and its network is not in network.allowPrivate. Add the network there if this host is meant.`,
  );
}
