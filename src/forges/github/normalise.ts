import type { EventDraft } from '../../core/event.ts';
import type { Normalised, ParsedDelivery } from '../contract.ts';
import { type JsonObject, objectAt, present, textAt, timeAt } from '../read.ts';
import { readCheckRun, readCheckSuite, readStatus, readWorkflowJob, readWorkflowRun } from './checks.ts';
import { readCreate, readDelete, readPush } from './code.ts';
import { readDeployment, readDeploymentStatus } from './deployment.ts';
import { toEventName } from './identify.ts';
import { readCommitComment, readIssue, readIssueComment } from './issue.ts';
import { type Meaning, type Reader, toActor, toRepository } from './native.ts';
import { readPull } from './pull.ts';
import { readPackage, readRelease, readWiki } from './release.ts';
import { readFork, readPing, readPublic, readRepository, readStar, readWatch } from './repository.ts';
import { readReview, readReviewComment, readReviewThread } from './review.ts';

/** Who reads which event; every other event is `unknown`. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['push', readPush],
  ['create', readCreate],
  ['delete', readDelete],
  ['commit_comment', readCommitComment],
  ['issues', readIssue],
  ['issue_comment', readIssueComment],
  ['pull_request', readPull],
  ['pull_request_review', readReview],
  ['pull_request_review_comment', readReviewComment],
  ['pull_request_review_thread', readReviewThread],
  ['release', readRelease],
  ['package', readPackage],
  ['registry_package', readPackage],
  ['gollum', readWiki],
  ['repository', readRepository],
  ['public', readPublic],
  ['star', readStar],
  ['watch', readWatch],
  ['fork', readFork],
  ['check_run', readCheckRun],
  ['check_suite', readCheckSuite],
  ['status', readStatus],
  ['workflow_run', readWorkflowRun],
  ['workflow_job', readWorkflowJob],
  ['deployment', readDeployment],
  ['deployment_status', readDeploymentStatus],
  ['ping', readPing],
]);

/** Events that may belong to an organisation alone. */
const WITHOUT_REPOSITORY = new Set(['ping', 'package', 'registry_package']);

/** What a delivery means. */
export function normalise(delivery: ParsedDelivery): Normalised {
  const { payload } = delivery;
  const event = toEventName(delivery);
  const action = textAt(payload, 'action');
  const repo = toRepository(objectAt(payload, 'repository'));
  const actor = toActor(objectAt(payload, 'sender'));
  const reader = READERS.get(event ?? '');
  const meanings = reader?.(payload, action) ?? [describeOther(payload, event ?? '', action)];

  const drafts = meanings.map((meaning): EventDraft => {
    const reason = toReason(meaning, event, repo !== undefined);
    return compact({
      ...meaning,
      type: reason === undefined ? (meaning.type ?? 'unknown') : 'unknown',
      repo,
      actor: actor ?? meaning.actor,
      native: present({ event, action }),
      reason,
    });
  });
  return { drafts };
}

/** Why a meaning has no type; undefined when it has one. */
function toReason(meaning: Meaning, event: string | undefined, hasRepository: boolean): string | undefined {
  if (meaning.reason !== undefined) return meaning.reason;
  if (meaning.type === undefined) return 'Fettle has no type for this action of the event.';
  if (!hasRepository && !WITHOUT_REPOSITORY.has(event ?? '')) return 'The payload does not name its repository.';
  return undefined;
}

/**
 * What can be said of any event: GitHub puts the object it is about under the name of the event, under `alert`, or under
 * `comment`. A deleted object still has the time of its last change, which is not the time of the event.
 */
function describeOther(payload: JsonObject, event: string, action: string | undefined): Meaning {
  const about = objectAt(payload, event) ?? objectAt(payload, 'alert') ?? objectAt(payload, 'comment');
  return {
    reason: 'Fettle has no type for this event.',
    occurredAt: action === 'deleted' ? undefined : timeAt(about, 'updated_at'),
    title: textAt(about, 'title') ?? textAt(about, 'name') ?? textAt(about, 'summary') ?? textAt(about, 'login'),
    url: textAt(about, 'html_url'),
  };
}

/** The draft without properties that are undefined. */
function compact(draft: EventDraft): EventDraft {
  return present(draft) ?? draft;
}
