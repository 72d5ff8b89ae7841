import { cleanText } from '../../core/clean-text.ts';
import type { ForgeReview } from '../../forges/work-contract.ts';
import type { GateVerdict } from '../contract.ts';
import type { GateFacts } from './contract.ts';

/** How long a review may take: people sleep. */
const REVIEW_LIMIT_MS = 24 * 3_600_000;

const MOST_REVIEWERS = 20;

/** Somebody who may write here, and is neither the author of the pull request nor a bot, approved it; and nobody asks for changes. */
export async function checkReview(facts: GateFacts): Promise<GateVerdict> {
  const gate = 'review';
  const { pull: found, pulls, repo, waitedMs } = facts;
  if ('missing' in found) return { gate, state: 'rejected', detail: found.missing };
  const { number, author } = found.pull;
  const reviews = await pulls.listReviews(repo, number);
  const others = reviews.filter((review) => review.author.toLowerCase() !== author.toLowerCase());
  const counted = await listCounting(others.slice(0, MOST_REVIEWERS), facts);
  const against = counted.filter(({ state }) => state === 'changes_requested');
  if (against.length > 0) {
    const detail = `${toLogins(against)} asked for changes on pull request ${number}. Make them, ask for another review, and complete again.`;
    return { gate, state: 'rejected', detail };
  }
  const approving = counted.filter((review) => review.state === 'approved' && isPerson(review, facts));
  if (approving.length > 0)
    return { gate, state: 'passed', detail: `Pull request ${number} was approved by ${toLogins(approving)}.` };
  const vain = others.filter(({ state }) => state === 'approved');
  const uncounted = vain.length === 0 ? '' : ` The approval of ${toLogins(vain)} does not count here.`;
  if (waitedMs < REVIEW_LIMIT_MS) {
    const detail = `Pull request ${number} waits for the approval of somebody other than ${cleanText(author, 80)}.${uncounted}`;
    return { gate, state: 'pending', detail };
  }
  const detail = `Nobody approved pull request ${number} in ${REVIEW_LIMIT_MS / 3_600_000} hours.${uncounted} Ask somebody for a review, and complete again.`;
  return { gate, state: 'rejected', detail };
}

/** Anybody may review on a public forge, so only those who may write count; where the forge does not tell who may, all do. */
async function listCounting(
  reviews: readonly ForgeReview[],
  { findPermission }: GateFacts,
): Promise<readonly ForgeReview[]> {
  const permissions = await Promise.all(reviews.map(({ author }) => findPermission(author)));
  return reviews.filter((_review, index) => {
    const permission = permissions[index];
    return permission === undefined || permission === 'write' || permission === 'admin';
  });
}

function isPerson({ author }: ForgeReview, { ownLogins }: GateFacts): boolean {
  return !ownLogins.has(author.toLowerCase()) && !author.endsWith('[bot]');
}

function toLogins(reviews: readonly ForgeReview[]): string {
  return reviews
    .slice(0, MOST_REVIEWERS)
    .map(({ author }) => cleanText(author, 80))
    .join(', ');
}
