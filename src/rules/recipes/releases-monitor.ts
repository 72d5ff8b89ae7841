import type { ActionCall } from '../../config/config.ts';
import { defineRecipe, toRecipeRule } from './recipe.ts';

/** Commits that arrived on a branch; a tag moves no work forward, and a deleted branch has nothing to tell. */
const COMMITS_ON_A_BRANCH = 'branch != null && deleted != true';
const NOT_BY_A_BOT = '(actor == null || !actor.bot)';

/**
 * One rule, so that its runs share a chain: what the ledger records links to the message and the pipeline of the same push. They do
 * not wait for each other, because a room that cannot be reached should not hold up a release.
 */
export const releasesMonitor = defineRecipe(
  'releases-monitor',
  ({ repos, branches, room, window, bots, node, trigger, dag }) => {
    const actions: ActionCall[] = [
      { action: 'ledger.record', input: { node, trigger } },
      { action: 'matrix.notify', input: { room, window } },
    ];
    if (dag !== undefined) actions.push({ action: 'pipeline.dispatch', input: { engine: 'http', ...dag } });
    return [
      toRecipeRule({
        name: 'releases-monitor/push',
        on: ['push'],
        repos,
        branches,
        if: bots === 'skip' ? `${COMMITS_ON_A_BRANCH} && ${NOT_BY_A_BOT}` : COMMITS_ON_A_BRANCH,
        do: actions,
      }),
    ];
  },
);
