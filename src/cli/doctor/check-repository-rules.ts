import type { Config } from '../../config/config.ts';
import { createGlobMatcher } from '../../core/glob.ts';
import { fail, type Finding } from './finding.ts';

/** Rules that repositories bring along are read by the API of their forge, which needs a token. */
export function checkRepositoryRules({
  repositoryRules,
  forges,
}: Pick<Config, 'repositoryRules' | 'forges'>): Finding[] {
  if (repositoryRules.length === 0) return [];
  const matchers = repositoryRules.map(({ forges: globs }) =>
    globs.length === 0 ? () => true : createGlobMatcher(globs),
  );
  return Object.values(forges)
    .filter(({ name, token }) => token === null && matchers.some((matches) => matches(name)))
    .map(({ name }) =>
      fail(
        `forge ${name}: repository rules`,
        'repositoryRules allows the rules of its repositories, which cannot be read without a token',
        `Set forges.${name}.token to an access token that may read the repositories, or name other forges in repositoryRules.`,
      ),
    );
}
