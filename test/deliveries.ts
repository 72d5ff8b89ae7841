import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { SeededRandom } from './seeded-random.ts';

/** Something that happened in a forge, and what a hub with the recipe `event-bridge` must make of it. */
export interface Change {
  readonly body: Buffer;
  readonly event: string;
  readonly eventType: string;
  /** Types of the events it yields, in order. */
  readonly yields: readonly string[];
  /** Its triggers, in order. */
  readonly triggers: readonly string[];
}

/** One sending of a change: the same id may be sent again, and the same change under another id. */
export interface DeliveryToSend {
  readonly deliveryId: string;
  readonly change: Change;
}

/** Makes deliveries as a Gitea sends them, each change unlike all others. */
export interface DeliveryMaker {
  /** A new change, or now and then a former one again, by its id or under a new one. */
  next(): DeliveryToSend;
  /** A new change. `title` is that of the issue, or the message of the commit. */
  fresh(kind?: ChangeKind, title?: string): DeliveryToSend;
}

export type ChangeKind = keyof typeof CHANGES;

interface Told {
  readonly number: number;
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
}

const SHARE_AGAIN_BY_ID = 0.1;
const SHARE_AGAIN_BY_MEANING = 0.1;
const KEPT_TO_SEND_AGAIN = 100;

const REPOSITORY = {
  id: 9,
  name: 'app',
  full_name: 'dataforge/app',
  owner: { id: 3, login: 'dataforge' },
  html_url: 'https://git.example.org/dataforge/app',
  clone_url: 'https://git.example.org/dataforge/app.git',
  private: false,
  default_branch: 'main',
};
const ADA = { id: 7, login: 'ada' };

const CHANGES = {
  push: (told: Told) => ({
    event: 'push',
    eventType: 'push',
    payload: toPush(told),
    yields: ['push'],
    triggers: [],
  }),
  opened: (told: Told) => ({
    event: 'issues',
    eventType: 'issues',
    payload: toIssue(told, 'opened', []),
    yields: ['issue.opened'],
    triggers: [],
  }),
  openedWithLabel: (told: Told) => ({
    event: 'issues',
    eventType: 'issues',
    payload: toIssue(told, 'opened', ['start-pipeline']),
    yields: ['issue.opened', 'issue.labeled', 'trigger.raised'],
    triggers: ['pipeline'],
  }),
  labeled: (told: Told) => ({
    event: 'issues',
    eventType: 'issue_label',
    payload: toIssue(told, 'label_updated', ['needs-decision']),
    yields: ['issue.labeled', 'trigger.raised'],
    triggers: ['decision'],
  }),
};

const KINDS = ['push', 'push', 'opened', 'openedWithLabel', 'labeled'] as const;

export interface DeliveryMakerOptions {
  /** Bytes that each body carries besides what it means; they do not compress. */
  readonly paddingBytes?: number;
  /** Of the first change; makers whose numbers do not overlap make different changes. */
  readonly firstNumber?: number;
}

export function createDeliveryMaker(
  random: SeededRandom,
  { paddingBytes = 0, firstNumber = 1 }: DeliveryMakerOptions = {},
): DeliveryMaker {
  const recent: DeliveryToSend[] = [];
  let number = firstNumber - 1;

  const fresh = (kind: ChangeKind = random.pick(KINDS), title?: string) => {
    number += 1;
    const told = { number, title: title ?? `Change ${number}`, at: new Date().toISOString() };
    const { payload, ...change } = CHANGES[kind](told);
    const padding = paddingBytes === 0 ? {} : { padding: randomBytes((paddingBytes * 3) / 4).toString('base64') };
    const body = Buffer.from(JSON.stringify({ ...payload, ...padding }));
    const made = { deliveryId: randomUUID(), change: { ...change, body } };
    recent.push(made);
    if (recent.length > KEPT_TO_SEND_AGAIN) recent.shift();
    return made;
  };

  return {
    fresh,
    next: () => {
      const share = random.next();
      const former = recent[random.between(0, recent.length - 1)];
      if (former === undefined || share >= SHARE_AGAIN_BY_ID + SHARE_AGAIN_BY_MEANING) return fresh();
      if (share < SHARE_AGAIN_BY_ID) return former;
      return { deliveryId: randomUUID(), change: former.change };
    },
  };
}

/** The headers of a delivery, signed. */
export function toSignedHeaders({ deliveryId, change }: DeliveryToSend, secret: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-gitea-event': change.event,
    'x-gitea-event-type': change.eventType,
    'x-gitea-delivery': deliveryId,
    'x-gitea-signature': createHmac('sha256', secret).update(change.body).digest('hex'),
  };
}

function toPush({ number, title, at }: Told) {
  const before = number.toString(16).padStart(40, 'a');
  const after = (number + 1).toString(16).padStart(40, 'b');
  const author = { name: 'Ada', email: 'ada@example.org', username: 'ada' };
  return {
    ref: 'refs/heads/main',
    before,
    after,
    commits: [{ id: after, message: title, url: `${REPOSITORY.html_url}/commit/${after}`, author, timestamp: at }],
    total_commits: 1,
    repository: REPOSITORY,
    pusher: ADA,
    sender: ADA,
  };
}

function toIssue({ number, title, at }: Told, action: string, labels: readonly string[]) {
  const issue = {
    id: 1_000_000 + number,
    number,
    user: ADA,
    title,
    body: 'What happened, and what should have.',
    labels: labels.map((name, index) => ({ id: index + 1, name })),
    assignees: null,
    html_url: `${REPOSITORY.html_url}/issues/${number}`,
    state: 'open',
    created_at: at,
    updated_at: at,
  };
  return { action, number, issue, repository: REPOSITORY, sender: ADA };
}
