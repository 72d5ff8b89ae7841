import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { mapInParallel } from '../core/in-parallel.ts';
import type { HookApi } from '../forges/write-contract.ts';
import { findHook, type HookFinding, type HookKey, type ManagedHook, setHookState } from '../store/hooks.ts';
import type { HookPorts } from './contract.ts';
import { findHookAt, toFinding } from './faults.ts';
import { getHookApi, readSecrets, toSafeDetail, withPlace } from './forge-work.ts';
import { PLACES_AT_ONCE, toHookPlace } from './place.ts';
import { createSilenceFinder, type SilenceFinder } from './silence.ts';

export interface VerifiedHook extends HookKey, HookFinding {}

/** Failures that every further question to the same forge would meet. */
const OF_THE_FORGE: ReadonlySet<string> = new Set(['credential_refused', 'upstream_busy', 'upstream_failed']);

interface Look {
  readonly ports: HookPorts;
  readonly forge: ForgeConfig;
  /** The API, or why the forge is not asked, or not asked any more. */
  hooks: HookApi | HookFinding;
  readonly marks: readonly Buffer[];
  readonly silence: SilenceFinder;
}

/**
 * Compares hooks with what was installed, and keeps what was found. Those that Fettle did not install are left out. When the forge
 * itself does not answer or refuses the token, the rest of its hooks are `unreachable` without being asked for.
 */
export async function verifyHooks(
  ports: HookPorts,
  forge: ForgeConfig,
  keys: readonly HookKey[],
): Promise<VerifiedHook[]> {
  const hooks = findHookApi(ports, forge);
  const look: Look = {
    ports,
    forge,
    hooks,
    marks: (await readSecrets(forge)).marks,
    silence: await createSilenceFinder(ports.db(), ports.clock()),
  };
  const found = await mapInParallel(keys, PLACES_AT_ONCE, (key) => verifyHook(look, key));
  return found.filter((each) => each !== undefined);
}

function findHookApi(ports: HookPorts, forge: ForgeConfig): HookApi | HookFinding {
  try {
    return getHookApi(ports, forge).hooks;
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    return { state: 'unreachable', detail: error.message };
  }
}

async function verifyHook(look: Look, key: HookKey): Promise<VerifiedHook | undefined> {
  const { ports } = look;
  try {
    return await withPlace(ports, key, async () => {
      const known = await findHook(ports.db(), key);
      if (known === undefined) return undefined;
      const finding = await findState(look, known);
      await setHookState(ports.db(), key, finding, new Date(ports.clock()));
      return { forge: key.forge, level: key.level, place: key.place, ...finding };
    });
  } catch (error) {
    // Somebody works there: what they find is newer.
    if (error instanceof FettleError && error.code === 'upstream_busy') return undefined;
    throw error;
  }
}

async function findState(look: Look, known: ManagedHook): Promise<HookFinding> {
  const { hooks, marks, silence, forge } = look;
  if ('state' in hooks) return hooks;
  try {
    const listed = await hooks.list(toHookPlace(known));
    const { hook, doubles } = findHookAt(listed, known.url, known.hookId);
    const finding = toFinding(hook, doubles, {
      url: known.url,
      taken: known.taken,
      asked: known.asked,
      wanted: hooks.wantedEvents(known.level),
      secret: hook?.id === known.hookId ? toSecretState(known.secret, marks) : 'unknown',
    });
    if (finding.state !== 'ok') return finding;
    const quiet = await silence.find(known);
    return quiet === undefined ? finding : { state: 'silent', detail: quiet };
  } catch (error) {
    if (!(error instanceof FettleError) || error.code === 'store_unavailable') throw error;
    const finding: HookFinding = { state: 'unreachable', detail: toSafeDetail(error, forge) };
    if (OF_THE_FORGE.has(error.code)) look.hooks = finding;
    return finding;
  }
}

function toSecretState(carried: Buffer, marks: readonly Buffer[]): 'present' | 'older' | 'refused' {
  const index = marks.findIndex((mark) => mark.equals(carried));
  if (index === 0) return 'present';
  return index === -1 ? 'refused' : 'older';
}
