import type { Config } from '../config/config.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { readRepositoryFile } from '../config/repository-file.ts';
import { createGlobMatcher } from '../core/glob.ts';
import type { ActionCatalog } from '../jobs/contract.ts';
import { type CompiledRule, compileRule, toLiteralBrackets } from './compile-rule.ts';
import { createRuleLanguage } from './language.ts';

/**
 * Rules that a repository brings along in its `.fettle.yaml`. They match only events of that repository, use only actions that the hub's
 * configuration names for it, and reach only what that allows; a run outside it is planned as forbidden.
 */

/** What the rules of one repository may do. */
export interface RepositoryAllowance {
  /** Names of actions. */
  readonly actions: readonly string[];
  /** Globs over what an action reaches, see `ActionTarget.reaches`. */
  readonly reach: readonly string[];
}

/** The rules of one repository, ready for `RuleSetOptions.repositoryRules`, and what was left out and why. */
export interface RepositoryRules {
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly ConfigProblem[];
}

/** What the configuration lets the rules of a repository do; null when they are not to be read at all. */
export function findRepositoryAllowance(
  { repositoryRules }: Pick<Config, 'repositoryRules'>,
  forge: string,
  fullName: string,
): RepositoryAllowance | null {
  const entries = repositoryRules.filter(
    ({ forges, repos }) => createGlobMatcher(forges)(forge) && repos.length > 0 && createGlobMatcher(repos)(fullName),
  );
  if (entries.length === 0) return null;
  return { actions: entries.flatMap(({ actions }) => actions), reach: entries.flatMap(({ reach }) => reach) };
}

/**
 * Reads the `.fettle.yaml` of a repository. Pure, throws nothing; the result belongs to the configuration that `allowance` comes from, so
 * a cache of it ends with that configuration.
 */
export function parseRepositoryRules(
  text: string,
  repo: { readonly forge: string; readonly fullName: string },
  allowance: RepositoryAllowance,
  catalog: ActionCatalog,
): RepositoryRules {
  const { rules, vars, problems } = readRepositoryFile(text, allowance.actions, createRuleLanguage(catalog));
  const globs = allowance.reach.map(toLiteralBrackets);
  const takes = createGlobMatcher(globs);
  const source = {
    ...repo,
    allowsReach: (place: string) => globs.some((glob) => !glob.startsWith('!')) && takes(place),
  };
  return { rules: rules.map((rule) => compileRule(rule, catalog, vars, source)), problems };
}
