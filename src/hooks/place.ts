import type { HookPlace } from '../forges/write-contract.ts';
import type { HookKey } from '../store/hooks.ts';

/** Places of one forge that are worked on at a time; forges count requests, and each place takes a few. */
export const PLACES_AT_ONCE = 4;

/** A place as the forges' APIs name it. GitLab's groups nest, so the owner is everything before the last slash. */
export function toHookPlace({ level, place }: HookKey): HookPlace {
  if (level === 'system') return { level };
  if (level === 'organisation') return { level, owner: place };
  const slash = place.lastIndexOf('/');
  return { level, owner: place.slice(0, Math.max(slash, 0)), name: place.slice(slash + 1) };
}

/** A place for people. */
export function toKeyText({ level, place }: HookKey): string {
  if (level === 'system') return 'the whole instance';
  return level === 'organisation' ? `the organisation ${place}` : place;
}
