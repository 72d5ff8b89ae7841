import type { ForgeCheck, ForgeReview } from './work-contract.ts';

/** What somebody said of a pull request, in the order it was said. */
export interface Said {
  readonly author: string | undefined;
  /** `withdrawn`: dismissed, or outdated. Undefined for words without a verdict. */
  readonly verdict: ForgeReview['state'] | 'withdrawn' | undefined;
}

/** The latest verdict of each, of those who still stand by one. */
export function toReviews(said: Iterable<Said>): readonly ForgeReview[] {
  const latest = new Map<string, ForgeReview['state'] | 'withdrawn'>();
  for (const { author, verdict } of said) {
    if (author === undefined || verdict === undefined) continue;
    // The last to speak comes last.
    latest.delete(author);
    latest.set(author, verdict);
  }
  return [...latest].flatMap(([author, state]) => (state === 'withdrawn' ? [] : [{ author, state }]));
}

export const MAX_CHECKS = 300;

const RANK = { success: 0, pending: 1, failure: 2 } as const;

/**
 * The checks of a commit, each name once. Where two have one name the worse counts: what is waited for by its name must not
 * be taken for done because of its namesake.
 */
export function toChecks(checks: Iterable<ForgeCheck>): readonly ForgeCheck[] {
  const worst = new Map<string, ForgeCheck>();
  for (const check of checks) {
    const before = worst.get(check.name);
    if (before === undefined || RANK[check.state] > RANK[before.state]) worst.set(check.name, check);
  }
  return [...worst.values()].slice(0, MAX_CHECKS);
}
