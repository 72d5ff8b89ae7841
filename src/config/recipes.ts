import { z } from 'zod';

/**
 * The recipes that a configuration may name: what each is for, in one sentence, and its parameters. The rules that a recipe
 * stands for are built elsewhere. To add a recipe: add a row here and its rules there, run `npm run docs`.
 */
export const RECIPES = {
  'event-bridge': {
    summary:
      'Raises `pipeline`, `decision` and `lead-review` from labels, comment commands and pull requests that are opened or updated.',
    parameters: z.strictObject({}),
  },
} as const;

/** The name of a recipe. */
export type RecipeName = keyof typeof RECIPES;

/** All recipe names, in the order of the table. */
export const RECIPE_NAMES = Object.keys(RECIPES) as [RecipeName, ...RecipeName[]];
