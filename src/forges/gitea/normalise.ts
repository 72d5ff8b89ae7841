import type { Normalised, ParsedDelivery } from '../contract.ts';
import { objectAt } from '../read.ts';
import { normaliseStatus, normaliseWorkflow } from './checks.ts';
import { normalisePush, normaliseRef } from './code.ts';
import { normaliseComment, normaliseReview } from './conversation.ts';
import type { FamilyTraits } from './family.ts';
import { normaliseIssue } from './issue.ts';
import { normalisePull } from './pull.ts';
import { type Reading, toReading, toUnknown } from './reading.ts';
import { normaliseFork, normalisePackage, normaliseRelease, normaliseRepository, normaliseWiki } from './repository.ts';

/**
 * What a delivery means. The coarse event name decides; releases that send it empty are read by the fine one, so both are listed.
 * `pull_request_comment` is two things: as coarse name a review that only comments, as fine name a comment on the timeline. The body
 * tells them apart, whichever header it came in.
 */
export function normalise(traits: FamilyTraits, delivery: ParsedDelivery): Normalised {
  const reading = toReading(traits, delivery);
  return normaliseKnown(reading) ?? toUnknown(reading, `No type for the event “${reading.event}”.`);
}

function normaliseKnown(reading: Reading): Normalised | undefined {
  switch (reading.event) {
    case 'push':
      return normalisePush(reading);
    case 'create':
      return normaliseRef(reading, 'created');
    case 'delete':
      return normaliseRef(reading, 'deleted');
    case 'issues':
    case 'issue_assign':
    case 'issue_label':
    case 'issue_milestone':
      return normaliseIssue(reading);
    case 'pull_request':
    case 'pull_request_assign':
    case 'pull_request_label':
    case 'pull_request_milestone':
    case 'pull_request_sync':
    case 'pull_request_review_request':
      return reading.action === 'reviewed' ? normaliseReview(reading) : normalisePull(reading);
    case 'issue_comment':
      return normaliseComment(reading);
    case 'pull_request_comment':
      return isComment(reading) ? normaliseComment(reading) : normaliseReview(reading);
    case 'pull_request_approved':
    case 'pull_request_rejected':
    case 'pull_request_review_approved':
    case 'pull_request_review_rejected':
    case 'pull_request_review_comment':
      return normaliseReview(reading);
    case 'release':
      return normaliseRelease(reading);
    case 'fork':
      return normaliseFork(reading);
    case 'repository':
      return normaliseRepository(reading);
    case 'wiki':
      return normaliseWiki(reading);
    case 'package':
      return normalisePackage(reading);
    case 'status':
      return normaliseStatus(reading);
    case 'workflow_run':
    case 'workflow_job':
      return normaliseWorkflow(reading, reading.event);
    default:
      return reading.traits.normaliseOwn?.(reading);
  }
}

function isComment({ payload, action }: Reading): boolean {
  return action !== 'reviewed' && objectAt(payload, 'comment') !== undefined;
}
