import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import type { ForgeKind } from '../core/vocabulary.ts';
import { createAddressPolicy } from '../network/address-policy.ts';

/**
 * Where a forge is to send its deliveries.
 * @param baseUrl where forges reach the hub: `publicUrl`, or what somebody named instead.
 * @throws FettleError `invalid_request` when there is none, or it is no address.
 */
export function toHookAddress(baseUrl: string | null, forge: string): string {
  if (baseUrl === null) {
    throw new FettleError(
      'invalid_request',
      'Nobody has said where forges reach this hub. Set publicUrl in the configuration, or name the address with --public-url.',
    );
  }
  const url = URL.parse(baseUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new FettleError(
      'invalid_request',
      'The address at which forges reach the hub must be like https://hub.example.org, without user, query or fragment.',
    );
  }
  return `${url.href.replace(/\/+$/, '')}/webhook/${forge}`;
}

/** Whether two addresses are the same place, however they are spelt. */
export function isSameAddress(one: string, other: string): boolean {
  return toCanonical(one) === toCanonical(other);
}

function toCanonical(address: string): string {
  const url = URL.parse(address.trim());
  // The parser has lower-cased the host and taken away the usual port.
  return url === null ? address : `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}${url.search}`;
}

/** What is likely to keep deliveries from arriving at an address, in sentences that say what to do. */
export function toAddressWarnings(address: string, forge: Pick<ForgeConfig, 'kind' | 'insecure' | 'url'>): string[] {
  const warnings: string[] = [];
  const { protocol, hostname } = new URL(address);
  if (isPrivateHost(hostname)) {
    const advice = forge.url === null ? UNREACHABLE : PRIVATE_TARGETS[forge.kind];
    if (advice !== undefined) warnings.push(`${hostname} is a private address. ${advice}`);
  }
  if (protocol === 'http:' && BARE_SECRET.has(forge.kind) && !forge.insecure) {
    warnings.push(
      'The address is plain HTTP, and this kind of forge sends the secret itself: deliveries from another machine are refused. Use https.',
    );
  }
  return warnings;
}

const UNREACHABLE = 'A public forge cannot reach it.';
const PRIVATE_TARGETS: Readonly<Partial<Record<ForgeKind, string>>> = {
  gitea:
    'Gitea refuses such targets unless its app.ini names the host: [webhook] ALLOWED_HOST_LIST (in newer releases [security] ALLOWED_HOST_LIST).',
  forgejo: 'Forgejo refuses such targets unless its app.ini names the host: [webhook] ALLOWED_HOST_LIST.',
  gogs: 'Gogs refuses such targets unless its app.ini names the host: [security] LOCAL_NETWORK_ALLOWLIST.',
  gitlab:
    'GitLab refuses such targets for projects and groups unless an administrator allows them: Admin → Settings → Network → Outbound requests.',
};
const BARE_SECRET: ReadonlySet<ForgeKind> = new Set(['gitlab', 'onedev']);

const PUBLIC_ONLY = createAddressPolicy([]);
const PRIVATE_NAMES = /^localhost$|\.(localhost|local|lan|home|internal|intranet|home\.arpa)$/i;

/** By its looks alone; a public name that leads to a private address is not noticed. */
function isPrivateHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  const isAddress = /^[\d.]+$/.test(address) || address.includes(':');
  if (isAddress) return !PUBLIC_ONLY.allows(address);
  return PRIVATE_NAMES.test(hostname) || !hostname.includes('.');
}
