/** Longest time of one rendering; a last resort, far above what ordinary templates take. */
const RENDERING_LIMIT_MS = 250;
/** Longest time that all templates of one repository may take for one event, because the drain waits for them. */
const REPOSITORY_LIMIT_MS = 100;

/** Lends time to renderings. */
export interface RenderBudget {
  /** Calls `render` with the time it may take. */
  lend<T>(render: (limitMs: number) => T): T;
}

/** For the rules of the hub: each rendering has the same time. */
export const HUB_BUDGET: RenderBudget = { lend: (render) => render(RENDERING_LIMIT_MS) };

/** For the rules that a repository brings along: one time for all their renderings together. */
export function createRepositoryBudget(): RenderBudget {
  let leftMs = REPOSITORY_LIMIT_MS;
  return {
    lend(render) {
      const startedAt = performance.now();
      try {
        return render(Math.max(0, leftMs));
      } finally {
        leftMs -= performance.now() - startedAt;
      }
    },
  };
}
