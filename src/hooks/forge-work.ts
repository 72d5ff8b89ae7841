import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import { createForgeApi, type ForgeApi } from '../forges/api.ts';
import type { HookApi, HookPlace } from '../forges/write-contract.ts';
import { claimHookPlace, type HookKey, releaseHookPlace } from '../store/hooks.ts';
import type { HookPorts } from './contract.ts';
import { toKeyText } from './place.ts';
import { toSecretMark } from './secret-mark.ts';

/** Longer than any work on one place takes; a claim whose holder died ends then. */
const CLAIM_MS = 5 * 60_000;

/** The forge of this name. @throws FettleError `unknown_forge`. */
export function getForge(ports: Pick<HookPorts, 'forges'>, name: string): ForgeConfig {
  const forges = ports.forges();
  const forge = Object.hasOwn(forges, name) ? forges[name] : undefined;
  if (forge !== undefined) return forge;
  const known = Object.keys(forges).join(', ');
  throw new FettleError('unknown_forge', `No forge is called ${JSON.stringify(name)}; there are ${known || 'none'}.`);
}

/**
 * The API of a forge, with its webhooks.
 * @throws FettleError `invalid_request` when the forge has no token or address, or its kind has no webhooks to be made by API.
 */
export function getHookApi(ports: Pick<HookPorts, 'http'>, forge: ForgeConfig): ForgeApi & { readonly hooks: HookApi } {
  if (forge.token === null) {
    throw new FettleError(
      'invalid_request',
      `The forge ${forge.name} has no token, so nothing can be changed there. Set forges.${forge.name}.token.`,
    );
  }
  const api = createForgeApi(forge, ports.http);
  if (api === undefined) {
    throw new FettleError('invalid_request', `The forge ${forge.name} has no address. Set forges.${forge.name}.url.`);
  }
  const { hooks } = api;
  if (hooks === undefined) {
    throw new FettleError('invalid_request', `Webhooks of the kind ${forge.kind} cannot be made by its API.`);
  }
  return { ...api, hooks };
}

interface MarkedSecrets {
  readonly secret: string;
  readonly marks: readonly Buffer[];
}

/** Marks are slow to make, and a configuration never changes. */
const marked = new WeakMap<ForgeConfig, Promise<MarkedSecrets>>();

/** The secret that hooks of a forge are given, and the marks of all that are accepted, its own first. */
export async function readSecrets(forge: ForgeConfig): Promise<MarkedSecrets> {
  const known = marked.get(forge) ?? markSecrets(forge);
  marked.set(forge, known);
  return await known;
}

async function markSecrets(forge: ForgeConfig): Promise<MarkedSecrets> {
  // A forge that is accepted unsigned has none.
  const secrets = forge.secrets.length === 0 ? [''] : forge.secrets;
  const marks = await Promise.all(secrets.map((secret) => toSecretMark(forge.name, secret)));
  return { secret: secrets[0] ?? '', marks };
}

/**
 * Lends a place: nobody else works there meanwhile, in this process or another one.
 * @throws FettleError `upstream_busy` while somebody else does.
 */
export async function withPlace<R>(
  { db, clock }: Pick<HookPorts, 'db' | 'clock'>,
  key: HookKey,
  work: () => Promise<R>,
): Promise<R> {
  const holder = createId();
  const now = new Date(clock());
  if (!(await claimHookPlace(db(), key, { holder, now, until: new Date(now.getTime() + CLAIM_MS) }))) {
    throw new FettleError(
      'upstream_busy',
      `Another process works on the webhook of ${toKeyText(key)} at this moment. Try again in a minute.`,
    );
  }
  try {
    return await work();
  } finally {
    await releaseHookPlace(db(), key, holder);
  }
}

/** The failure as it may be shown: what a forge says could repeat what it was sent. */
export function toSafeDetail(error: FettleError, forge: ForgeConfig): string {
  const secrets = [...forge.secrets, ...(forge.token === null ? [] : [forge.token])].filter((each) => each !== '');
  return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), error.message);
}

/** @throws FettleError `invalid_request` for a level that the kind of forge does not have. */
export function requireLevel(hooks: HookApi, level: HookPlace['level'], forge: ForgeConfig): void {
  if (hooks.levels.includes(level)) return;
  throw new FettleError(
    'invalid_request',
    `${forge.name} is of the kind ${forge.kind}, which has no webhooks at the level ${level}; it has them at: ${hooks.levels.join(', ')}.`,
  );
}
