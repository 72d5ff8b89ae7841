import type { ApplyOptions, FoundPlaces, HookChange, HookPorts, PlaceQuery } from './contract.ts';
import type { HookKey } from '../store/hooks.ts';
import { toAddressWarnings, toHookAddress } from './address.ts';
import { applyHooks, removeHooks } from './apply.ts';
import { findPlaces } from './find-places.ts';
import { getForge } from './forge-work.ts';
import { beginRotation, finishRotation, readRotation, type RotationState, type RotationStep } from './rotation.ts';
import { type VerifiedHook, verifyHooks } from './verify.ts';

type Named<T> = Omit<T, 'forge'> & { readonly forge: string };

/** Everything that can be done with webhooks on forges, for the API. Forges are given by name: FettleError `unknown_forge` for others. */
export interface Hooks {
  /**
   * Where deliveries are to be sent, and what may keep them from arriving.
   * @param baseUrl instead of `publicUrl`.
   */
  describeAddress(
    forge: string,
    baseUrl: string | null,
  ): { readonly address: string; readonly warnings: readonly string[] };
  findPlaces(query: PlaceQuery): Promise<FoundPlaces>;
  apply(options: Named<ApplyOptions>): Promise<HookChange[]>;
  remove(options: Named<Omit<ApplyOptions, 'address'>>): Promise<HookChange[]>;
  verify(forge: string, places: readonly HookKey[]): Promise<VerifiedHook[]>;
  readRotation(forge: string): Promise<RotationState>;
  beginRotation(forge: string): Promise<RotationStep>;
  finishRotation(forge: string, dropNow: boolean): Promise<RotationState>;
}

export function createHooks(ports: HookPorts): Hooks {
  return {
    describeAddress(name, baseUrl) {
      const forge = getForge(ports, name);
      const address = toHookAddress(baseUrl ?? ports.publicUrl(), name);
      return { address, warnings: toAddressWarnings(address, forge) };
    },
    findPlaces: (query) => findPlaces(ports, query),
    apply: async (options) => applyHooks(ports, { ...options, forge: getForge(ports, options.forge) }),
    remove: async (options) => removeHooks(ports, { ...options, forge: getForge(ports, options.forge) }),
    verify: async (name, places) => verifyHooks(ports, getForge(ports, name), places),
    readRotation: (name) => readRotation(ports, name),
    beginRotation: (name) => beginRotation(ports, name),
    finishRotation: (name, dropNow) => finishRotation(ports, name, dropNow),
  };
}
