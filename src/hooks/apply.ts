import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { mapInParallel } from '../core/in-parallel.ts';
import type { HookApi } from '../forges/write-contract.ts';
import { deleteHook, findHook, type HookKey, type ManagedHook, putHook } from '../store/hooks.ts';
import { isSameAddress } from './address.ts';
import type { ApplyOptions, HookChange, HookPorts } from './contract.ts';
import { findHookAt, toFinding } from './faults.ts';
import { getHookApi, readSecrets, requireLevel, toSafeDetail, withPlace } from './forge-work.ts';
import { PLACES_AT_ONCE, toHookPlace } from './place.ts';

/** Everything that is the same for all places of one call. */
interface Work extends ApplyOptions {
  readonly hooks: HookApi;
  readonly secret: string;
  readonly marks: readonly Buffer[];
}

/**
 * Makes sure that each place has one webhook to this hub and that it is in order: makes it, adopts one that sends to the same address, or
 * changes it. A hook that is adopted or changed is given the present secret, for forges do not tell which one it has. A place
 * that fails does not stop the others.
 * @throws FettleError `invalid_request` when nothing at all can be done on this forge.
 */
export async function applyHooks(ports: HookPorts, options: ApplyOptions): Promise<HookChange[]> {
  const { forge, places } = options;
  const { hooks } = getHookApi(ports, forge);
  for (const { level } of places) requireLevel(hooks, level, forge);
  const work: Work = { ...options, hooks, ...(await readSecrets(forge)) };
  return await mapInParallel(places, PLACES_AT_ONCE, (key) =>
    toOutcome(forge, key, () => withPlace(ports, key, () => applyHook(ports, work, key))),
  );
}

/**
 * Removes the webhook of each place and forgets it.
 * @throws FettleError `invalid_request` when nothing at all can be done on this forge.
 */
export async function removeHooks(ports: HookPorts, options: Omit<ApplyOptions, 'address'>): Promise<HookChange[]> {
  const { forge, places } = options;
  const { hooks } = getHookApi(ports, forge);
  return await mapInParallel(places, PLACES_AT_ONCE, (key) =>
    toOutcome(forge, key, () => withPlace(ports, key, () => removeHook(ports, hooks, key, options))),
  );
}

async function applyHook(ports: HookPorts, work: Work, key: HookKey): Promise<HookChange> {
  const { hooks, secret, marks, dryRun } = work;
  const place = toHookPlace(key);
  const known = await findHook(ports.db(), key);
  const address = work.address ?? known?.url;
  if (address === undefined) {
    return { ...key, change: 'absent', detail: 'Fettle installed no webhook there.' };
  }
  const listed = await hooks.list(place);
  const wanted = hooks.wantedEvents(key.level);
  const { hook, doubles } = findHookAt(listed, address, known?.hookId);
  const isKnown = known !== undefined && hook?.id === known.hookId;
  const isPresent = isKnown && marks[0]?.equals(known.secret) === true;
  const finding = toFinding(hook, doubles, {
    url: address,
    taken: known?.taken ?? [],
    asked: known?.asked ?? [],
    wanted: known === undefined ? [] : wanted,
    secret: isPresent || known === undefined ? 'present' : isKnown ? 'older' : 'unknown',
  });
  if (isPresent && (finding.state === 'ok' || finding.state === 'silent')) {
    return { ...key, change: 'unchanged', detail: finding.detail };
  }
  if (dryRun) return toChange(key, hook !== undefined, known, finding.detail);
  const spec = { url: address, secret, events: wanted };
  const made = hook === undefined ? await hooks.create(place, spec) : await hooks.update(place, hook.id, spec);
  for (const double of doubles) await hooks.remove(place, double.id);
  const mark = marks[0] ?? Buffer.alloc(0);
  const installed = { ...key, hookId: made.id, url: address, asked: wanted, taken: made.events, secret: mark };
  await putHook(ports.db(), installed, work.by, new Date(ports.clock()));
  ports.log.info({ forge: key.forge, level: key.level, place: key.place, by: work.by }, 'hook.installed');
  return toChange(key, hook !== undefined, known, finding.detail);
}

function toChange(key: HookKey, isThere: boolean, known: ManagedHook | undefined, detail: string): HookChange {
  if (!isThere) return { ...key, change: 'created', detail: known === undefined ? '' : detail };
  if (known === undefined) return { ...key, change: 'adopted', detail: 'A webhook to this address was there already.' };
  return { ...key, change: 'updated', detail: detail === '' ? 'It gets the present secret.' : detail };
}

async function removeHook(
  ports: HookPorts,
  hooks: HookApi,
  key: HookKey,
  { dryRun, by }: Pick<ApplyOptions, 'dryRun' | 'by'>,
): Promise<HookChange> {
  const known = await findHook(ports.db(), key);
  if (known === undefined) return { ...key, change: 'absent', detail: 'Fettle installed no webhook there.' };
  const place = toHookPlace(key);
  const listed = await hooks.list(place).catch((error: unknown) => {
    // What is gone as a whole has no webhook either.
    if (error instanceof FettleError && error.code === 'upstream_refused') return [];
    throw error;
  });
  // One that somebody has sent elsewhere is theirs now.
  const ours = listed.filter(({ url }) => isSameAddress(url, known.url));
  if (dryRun) return { ...key, change: 'removed', detail: '' };
  for (const { id } of ours) await hooks.remove(place, id);
  await deleteHook(ports.db(), key);
  ports.log.info({ forge: key.forge, level: key.level, place: key.place, by }, 'hook.removed');
  return { ...key, change: 'removed', detail: ours.length === 0 ? 'The forge had it no longer.' : '' };
}

async function toOutcome(forge: ForgeConfig, key: HookKey, work: () => Promise<HookChange>): Promise<HookChange> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FettleError && error.code !== 'store_unavailable') {
      return { ...key, change: 'failed', detail: toSafeDetail(error, forge), code: error.code };
    }
    throw error;
  }
}
