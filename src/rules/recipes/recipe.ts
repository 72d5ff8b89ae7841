import type { z } from 'zod';
import type { RuleConfig } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import { RECIPES as ROWS, type RecipeName } from '../../config/recipes.ts';

/** A recipe: a named bundle of rules. Its name, summary and parameters stand in the configuration's table of recipes. */
export interface Recipe {
  readonly name: RecipeName;
  readonly summary: string;
  /** Parameters that show what the recipe is like, where it cannot do without. */
  readonly placeholders: Readonly<Record<string, unknown>>;
  /** The rules it stands for. `parameters` are as the table's schema gives them out. */
  toRules(parameters: Readonly<Record<string, unknown>>): RuleConfig[];
}

/** A recipe whose parameters are typed by its row of the table. */
export function defineRecipe<N extends RecipeName>(
  name: N,
  toRules: (parameters: z.output<(typeof ROWS)[N]['parameters']>) => RuleConfig[],
): Recipe {
  const { summary, placeholders, parameters: schema } = ROWS[name];
  return {
    name,
    summary,
    placeholders,
    toRules(parameters) {
      const { data, error } = schema.safeParse(parameters);
      if (error === undefined) return toRules(data as z.output<(typeof ROWS)[N]['parameters']>);
      const wrong = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      throw new FettleError(
        'rule_invalid',
        `The parameters of the recipe \`${name}\` are not as they should be: ${wrong}.`,
      );
    },
  };
}

/** A rule of a recipe; what is not said is as in a rule that somebody writes. */
export function toRecipeRule(fields: Pick<RuleConfig, 'name' | 'on' | 'do'> & Partial<RuleConfig>): RuleConfig {
  return {
    enabled: true,
    priority: 0,
    schedule: null,
    timezone: null,
    forges: [],
    repos: [],
    branches: [],
    paths: [],
    actors: [],
    if: null,
    permission: null,
    mode: 'parallel',
    retry: { forMs: null, attempts: null },
    timeoutMs: null,
    onUnknown: 'stop',
    ...fields,
  };
}
