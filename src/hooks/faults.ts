import type { ForgeHook } from '../forges/write-contract.ts';
import type { HookFinding } from '../store/hooks.ts';
import { isSameAddress } from './address.ts';

/** What a hook should be. */
export interface ExpectedHook {
  readonly url: string;
  /** What the forge is known to take. */
  readonly taken: readonly string[];
  /** What was asked for, and what this version would ask for. */
  readonly asked: readonly string[];
  readonly wanted: readonly string[];
  /** Which secret it carries: the present one, an older one that is still accepted, or one that is not. */
  readonly secret: 'present' | 'older' | 'refused' | 'unknown';
}

/**
 * The hook of a place among those that the forge lists: the one known by its id, if it still sends to the address; else one that
 * does; else the one known by its id. `doubles` are further ones that send to the same address.
 */
export function findHookAt(
  hooks: readonly ForgeHook[],
  url: string,
  knownId: string | undefined,
): { readonly hook: ForgeHook | undefined; readonly doubles: readonly ForgeHook[] } {
  const same = hooks.filter((hook) => isSameAddress(hook.url, url));
  const known = hooks.find(({ id }) => id === knownId);
  const hook = same.find(({ id }) => id === knownId) ?? same[0] ?? known;
  return { hook, doubles: same.filter(({ id }) => id !== hook?.id) };
}

/** What differs from what the hook should be; `ok` when nothing does. A hook that is switched off comes before one that differs. */
export function toFinding(
  hook: ForgeHook | undefined,
  doubles: readonly ForgeHook[],
  expected: ExpectedHook,
): HookFinding {
  if (hook === undefined) return { state: 'missing', detail: 'The forge has no webhook to this hub there any more.' };
  if (!hook.active) {
    return { state: 'disabled', detail: hook.problem ?? 'It is switched off on the forge.' };
  }
  const faults = listFaults(hook, doubles, expected);
  if (faults.length > 0) return { state: 'changed', detail: `It is not as it was installed: ${faults.join('; ')}.` };
  if (hook.problem !== undefined) return { state: 'silent', detail: hook.problem };
  return { state: 'ok', detail: '' };
}

function listFaults(hook: ForgeHook, doubles: readonly ForgeHook[], expected: ExpectedHook): string[] {
  const faults: string[] = [];
  // The address may hold what others are not to see: only its host is named.
  if (!isSameAddress(hook.url, expected.url))
    faults.push(`it sends to ${URL.parse(hook.url)?.host ?? 'another address'}`);
  const missing = expected.taken.filter((event) => !hook.events.includes(event));
  if (missing.length > 0) faults.push(`it leaves out ${toShortList(missing)}`);
  const fresh = expected.wanted.filter((event) => !expected.asked.includes(event));
  if (fresh.length > 0) faults.push(`this version also understands ${toShortList(fresh)}`);
  if (hook.contentType !== undefined && hook.contentType !== 'json') faults.push('it does not send JSON');
  if (hook.hindrance !== undefined) faults.push(hook.hindrance);
  if (expected.secret === 'refused')
    faults.push('it carries a secret that is no longer accepted, so what it sends is refused');
  if (expected.secret === 'unknown') faults.push('somebody made it anew, so its secret may be another one');
  if (doubles.length > 0) faults.push(`${doubles.length + 1} webhooks send to this hub`);
  return faults;
}

function toShortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
