import type { Clock } from '../../core/clock.ts';
import type { Actor, Repository } from '../../core/event.ts';
import type { ForgeApi, RepositoryPermission } from '../../forges/api-contract.ts';

/** What accounts may do in repositories, as it was found a few minutes ago at most, so that each author is asked for once. */
export interface PermissionMemory {
  /**
   * Undefined when the forge does not tell.
   * @throws FettleError what the forge answered; that is not kept.
   */
  find(forge: string, api: ForgeApi, repo: Repository, actor: Actor): Promise<RepositoryPermission | undefined>;
}

const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 5_000;

/** A memory of its own; share one for all bundles. */
export function createPermissionMemory(clock: Clock): PermissionMemory {
  const known = new Map<
    string,
    { readonly atMs: number; readonly permission: Promise<RepositoryPermission | undefined> }
  >();
  return {
    async find(forge, api, repo, actor) {
      const key = JSON.stringify([forge, repo.fullName, actor.login.toLowerCase()]);
      const kept = known.get(key);
      if (kept !== undefined && clock() - kept.atMs < KEPT_MS) return await kept.permission;
      const asked = { atMs: clock(), permission: api.findPermission(repo, actor) };
      // The oldest is the first of a Map whose entries are put at its end.
      known.delete(key);
      known.set(key, asked);
      const [oldest] = known.keys();
      if (known.size > MOST_KEPT && oldest !== undefined) known.delete(oldest);
      try {
        return await asked.permission;
      } catch (error) {
        if (known.get(key) === asked) known.delete(key);
        throw error;
      }
    },
  };
}
