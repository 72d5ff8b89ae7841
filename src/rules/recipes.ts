import { FettleError } from '../core/errors.ts';
import type { RecipeConfig, RuleConfig } from '../config/config.ts';

/** A recipe: a named bundle of rules. `fettle rules show <recipe>` prints what it stands for. */
export interface Recipe {
  readonly name: string;
  readonly summary: string;
  readonly rules: readonly RuleConfig[];
}

const everywhere = { repos: [], permission: null } as const;

/** Anyone can comment, bots too; a command counts only from a person who may write. */
const PIPELINE_COMMAND = '("/pipeline" in commands || "/pipeline start" in commands) && (actor == null || !actor.bot)';

const EVENT_BRIDGE: Recipe = {
  name: 'event-bridge',
  summary: 'Raises the triggers pipeline, decision and lead-review for labels, comment commands and pull requests.',
  rules: [
    {
      ...everywhere,
      name: 'event-bridge/start-pipeline',
      on: ['issue.labeled', 'pull.labeled'],
      if: 'label == "start-pipeline"',
      do: { trigger: 'pipeline' },
    },
    {
      ...everywhere,
      name: 'event-bridge/needs-decision',
      on: ['issue.labeled', 'pull.labeled'],
      if: 'label == "needs-decision"',
      do: { trigger: 'decision' },
    },
    {
      ...everywhere,
      name: 'event-bridge/pipeline-command',
      on: ['comment.created'],
      if: PIPELINE_COMMAND,
      permission: 'write',
      do: { trigger: 'pipeline' },
    },
    {
      ...everywhere,
      name: 'event-bridge/lead-review',
      on: ['pull.opened', 'pull.synchronized'],
      if: null,
      do: { trigger: 'lead-review' },
    },
  ],
};

/** Every recipe that Fettle ships. */
export const RECIPES: readonly Recipe[] = [EVENT_BRIDGE];

/** @throws FettleError `rule_invalid` when there is no recipe of that name. */
export function getRecipe({ name }: Pick<RecipeConfig, 'name'>): Recipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found === undefined) {
    throw new FettleError(
      'rule_invalid',
      `There is no recipe \`${name}\`. Known recipes: ${RECIPES.map((recipe) => recipe.name).join(', ')}.`,
    );
  }
  return found;
}
