import type { Kysely } from 'kysely';
import { type HookKey, listRhythms, type Rhythm } from '../store/hooks.ts';
import { type KnownRepository, listRepositories } from '../store/repositories.ts';
import type { Database } from '../store/schema.ts';

/**
 * When nothing comes from a place for longer than its rhythm allows. The rhythm is counted in days with events, since one busy
 * hour says nothing about the next week; fewer than five such days are no rhythm. Only a hint: people take holidays.
 */
const DAY_MS = 86_400_000;
const WINDOW_MS = 90 * DAY_MS;
const MIN_ACTIVE_DAYS = 5;
/** So many times the usual gap is too long. */
const PATIENCE = 5;

/** Tells of silence; made for one look at many hooks, so that the repositories are read once. */
export interface SilenceFinder {
  /** A sentence, or undefined when all is as usual. */
  find(key: HookKey): Promise<string | undefined>;
}

export async function createSilenceFinder(db: Kysely<Database>, nowMs: number): Promise<SilenceFinder> {
  const repositories = await listRepositories(db);
  return {
    async find(key) {
      const heard = repositories.filter((repository) => isUnder(repository, key));
      const lastMs = Math.max(0, ...heard.map(({ lastEventAt }) => lastEventAt.getTime()));
      if (lastMs === 0 || nowMs - lastMs <= DAY_MS) return undefined;
      const names = heard.map(({ fullName }) => fullName);
      return toSilence(await listRhythms(db, key.forge, names, new Date(nowMs - WINDOW_MS)), lastMs, nowMs);
    },
  };
}

function isUnder(repository: KnownRepository, { forge, level, place }: HookKey): boolean {
  if (repository.forge !== forge) return false;
  const name = repository.fullName.toLowerCase();
  if (level === 'repository') return name === place.toLowerCase();
  return level === 'system' || name.startsWith(`${place.toLowerCase()}/`);
}

/** Of several repositories the liveliest counts. */
export function toSilence(rhythms: readonly Rhythm[], lastMs: number, nowMs: number): string | undefined {
  const [liveliest] = rhythms.toSorted((a, b) => b.activeDays - a.activeDays);
  if (liveliest === undefined || liveliest.activeDays < MIN_ACTIVE_DAYS) return undefined;
  const spanMs = liveliest.lastAt.getTime() - liveliest.firstAt.getTime() + DAY_MS;
  const gapMs = spanMs / liveliest.activeDays;
  const quietMs = nowMs - lastMs;
  if (quietMs <= Math.max(DAY_MS, PATIENCE * gapMs)) return undefined;
  return `Nothing came for ${toDays(quietMs)}, and usually something comes every ${toDays(gapMs)}. The webhook itself is in order; look at its recent deliveries on the forge.`;
}

function toDays(durationMs: number): string {
  const days = Math.round(durationMs / DAY_MS);
  return days <= 1 ? 'day' : `${days} days`;
}
