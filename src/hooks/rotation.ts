import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { type HookKey, listHooks, type ManagedHook } from '../store/hooks.ts';
import type { HookPorts } from './contract.ts';
import { getForge, getHookApi, readSecrets } from './forge-work.ts';

/**
 * Changing the secret of a forge without losing a delivery. Where it stands follows from what is stored: how many secrets are accepted,
 * which one each hook carries, and when the old ones may go. So it goes on from wherever a crash left it.
 *
 *   settled   one secret
 *      │ begin: a new one is put before the old, durably; both are accepted
 *   under way  hooks carry the one or the other ──apply, as often as needed──▶ all carry the new one
 *      │ finish: notes that the old one may go in a day
 *   ending    all carry the new one, the old one is still accepted, for what is under way
 *      │ the time is over, or a person wants it now
 *   settled
 *
 * Secrets of the configuration are put in and taken out there by a person; this only gives the first of them to all hooks.
 */
export interface RotationState {
  readonly forge: string;
  /** Whether Fettle made the secrets, and can change them by itself. */
  readonly generated: boolean;
  /** How many secrets are accepted. */
  readonly accepted: number;
  /** Hooks that Fettle installed, and those of them that do not carry the newest secret. */
  readonly hooks: number;
  readonly behind: readonly HookKey[];
  /** When the old secrets go. */
  readonly dropOldAt: Date | null;
}

export interface RotationStep extends RotationState {
  /**
   * begun: a new secret was made. continues: one is under way. settled: nothing is left to do. by-hand: the configuration names the
   * secret, and a person must put a new one there first.
   */
  readonly step: 'begun' | 'continues' | 'settled' | 'by-hand';
}

/** How long old secrets are accepted after all hooks carry the new one: longer than any forge takes to send what it holds. */
export const GRACE_MS = 86_400_000;

/** Where the rotation of a forge stands. @throws FettleError `unknown_forge`. */
export async function readRotation(ports: HookPorts, name: string): Promise<RotationState> {
  const forge = getForge(ports, name);
  const hooks = await listHooks(ports.db(), name);
  const times = await ports.secrets.listDropTimes();
  return {
    forge: name,
    generated: ports.secrets.isGenerated(name),
    accepted: forge.secrets.length,
    hooks: hooks.length,
    behind: await listBehind(forge, hooks),
    dropOldAt: times.get(name) ?? null,
  };
}

/**
 * Begins a rotation, or says where the one that is under way stands.
 * @throws FettleError `invalid_request` for a forge whose hooks Fettle cannot change, or without hooks of Fettle's.
 */
export async function beginRotation(ports: HookPorts, name: string): Promise<RotationStep> {
  const forge = getForge(ports, name);
  if (forge.unsigned && forge.secrets.length === 0) {
    throw new FettleError('invalid_request', `The forge ${name} is unsigned and has no secret to change.`);
  }
  getHookApi(ports, forge);
  const before = await readRotation(ports, name);
  if (before.hooks === 0) {
    throw new FettleError(
      'invalid_request',
      `Fettle installed no webhook on ${name}, so there is none to give a new secret. Run \`fettle hooks install\` first: it adopts those that are there.`,
    );
  }
  if (before.behind.length > 0 && (!before.generated || before.accepted > 1)) return { ...before, step: 'continues' };
  if (!before.generated) return { ...before, step: before.accepted > 1 ? 'settled' : 'by-hand' };
  if (before.accepted > 1 && before.dropOldAt === null) return { ...before, step: 'continues' };
  await ports.secrets.add(name);
  ports.log.info({ forge: name, hooks: before.hooks }, 'hook.rotation_begun');
  return { ...(await readRotation(ports, name)), step: 'begun' };
}

/**
 * Ends a rotation once all hooks carry the new secret: the old one goes after a day, or at once.
 * @throws FettleError `invalid_request` when it is to go at once although hooks still carry it.
 */
export async function finishRotation(ports: HookPorts, name: string, dropNow: boolean): Promise<RotationState> {
  const state = await readRotation(ports, name);
  if (dropNow && state.behind.length > 0) {
    throw new FettleError(
      'invalid_request',
      `${state.behind.length} of ${state.hooks} webhooks still carry an older secret; without it their deliveries would be refused. Run \`fettle hooks rotate-secret\` again, or remove them.`,
    );
  }
  if (!state.generated || state.accepted < 2 || state.behind.length > 0) return state;
  if (dropNow) {
    await ports.secrets.dropOld(name);
    ports.log.info({ forge: name }, 'hook.rotation_ended');
  } else if (state.dropOldAt === null) {
    await ports.secrets.keepOldUntil(name, new Date(ports.clock() + GRACE_MS));
  }
  return await readRotation(ports, name);
}

/** Drops the old secrets whose time is over. A hook that carries one of them after all keeps it accepted. */
export async function dropExpiredSecrets(ports: HookPorts): Promise<void> {
  for (const [name, at] of await ports.secrets.listDropTimes()) {
    if (at.getTime() > ports.clock() || !Object.hasOwn(ports.forges(), name)) continue;
    const { behind } = await readRotation(ports, name);
    if (behind.length === 0) await finishRotation(ports, name, true);
  }
}

async function listBehind(forge: ForgeConfig, hooks: readonly ManagedHook[]): Promise<HookKey[]> {
  const { marks } = await readSecrets(forge);
  return hooks
    .filter(({ secret }) => marks[0]?.equals(secret) !== true)
    .map(({ level, place }) => ({ forge: forge.name, level, place }));
}
