import { lookup } from 'node:dns/promises';
import type { Config, ForgeConfig } from '../../config/config.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import { createAddressPolicy } from '../../network/address-policy.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';

/** What each kind of forge must be told before it sends to a private address. */
const PRIVATE_TARGETS: Partial<Record<ForgeKind, (host: string) => string>> = {
  gitea: (host) =>
    `In its app.ini, name the hub in [webhook] ALLOWED_HOST_LIST = external,${host} (newer releases: [security]) and restart it.`,
  forgejo: (host) => `In its app.ini, name the hub in [webhook] ALLOWED_HOST_LIST = external,${host} and restart it.`,
  gogs: (host) => `In its app.ini, name the hub in [security] LOCAL_NETWORK_ALLOWLIST = ${host} and restart it.`,
  gitlab: () => 'As administrator allow it under Settings, Network, Outbound requests.',
};

/** Hosts of forges that are services on the Internet, which never reach a private address. */
const PUBLIC_SERVICES = new Set(['github.com', 'gitlab.com', 'bitbucket.org']);
const DEFAULT_SERVICE: Partial<Record<ForgeKind, string>> = {
  github: 'github.com',
  gitlab: 'gitlab.com',
  bitbucket: 'bitbucket.org',
};

/**
 * Can the forges reach the hub? As far as can be told from here: by its public address and what they do with private ones.
 * @param installedHooks how many webhooks Fettle installed, as far as is known.
 */
export async function checkReachability(config: Config, installedHooks = 0): Promise<Finding[]> {
  const name = 'public address';
  if (config.publicUrl === null) {
    const where = isLoopback(config.http.host)
      ? `the hub listens at ${config.http.host} only, so only forges on this machine reach it`
      : `the hub listens at ${config.http.host}`;
    const advice =
      'Set publicUrl (FETTLE_PUBLIC_URL) to the address that forges use, and http.host to 0.0.0.0 or put a proxy in front.';
    if (installedHooks > 0) {
      const detail = `publicUrl is not set, and the installed webhooks (${installedHooks}) cannot be kept in order without it`;
      return [fail(name, detail, advice)];
    }
    return [warn(name, `publicUrl is not set; ${where}`, advice)];
  }
  const { hostname } = new URL(config.publicUrl);
  const host = hostname.replace(/^\[|\]$/g, '');
  let addresses: string[];
  try {
    addresses = (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    const advice = 'Make a DNS record for it that the forges see, or correct publicUrl.';
    return [fail(name, `the host of publicUrl, ${host}, has no address here (${toReason(error)})`, advice)];
  }
  const isPublic = createAddressPolicy([]);
  const hidden = addresses.filter((address) => !isPublic.allows(address));
  const found = ok(name, `${host} is ${addresses.join(', ')}`);
  if (hidden.length === 0) return [found];
  return [found, ...Object.values(config.forges).flatMap((forge) => toPrivateFinding(forge, host, hidden))];
}

function toPrivateFinding(forge: ForgeConfig, host: string, hidden: readonly string[]): Finding[] {
  const name = `forge ${forge.name}: way to the hub`;
  const service = forge.url === null ? DEFAULT_SERVICE[forge.kind] : new URL(forge.url).hostname;
  if (service !== undefined && PUBLIC_SERVICES.has(service)) {
    const advice = 'Give the hub a public address: a reverse proxy, a tunnel, or a port that is forwarded.';
    return [
      fail(name, `${service} cannot reach ${host}, which is at the private address ${hidden.join(', ')}`, advice),
    ];
  }
  const toAdvice = PRIVATE_TARGETS[forge.kind];
  if (toAdvice === undefined) return [];
  return [
    warn(
      name,
      `${host} is at a private address, which ${forge.kind} refuses to send to unless allowed`,
      toAdvice(host),
    ),
  ];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
