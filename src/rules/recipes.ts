import type { RecipeConfig, RuleConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { coordinator } from './recipes/coordinator.ts';
import { eventBridge } from './recipes/event-bridge.ts';
import type { Recipe } from './recipes/recipe.ts';
import { releasesMonitor } from './recipes/releases-monitor.ts';

export type { Recipe } from './recipes/recipe.ts';

/** Every recipe that Fettle ships. To add one: a row in `src/config/recipes.ts`, a file in `recipes/`, a line here. */
export const RECIPES: readonly Recipe[] = [eventBridge, releasesMonitor, coordinator];

/** @throws FettleError `rule_invalid` when there is no recipe of that name. */
export function getRecipe(name: string): Recipe {
  const found = RECIPES.find((recipe) => recipe.name === name);
  if (found === undefined) {
    throw new FettleError(
      'rule_invalid',
      `There is no recipe \`${name}\`. Known recipes: ${RECIPES.map((recipe) => recipe.name).join(', ')}.`,
    );
  }
  return found;
}

/** The rules of a recipe that is switched on. @throws FettleError `rule_invalid`. */
export function listRecipeRules({ name, parameters }: RecipeConfig): RuleConfig[] {
  return getRecipe(name).toRules(parameters);
}
