import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../deliveries.ts';
import type { DeliveryLoad, SentDelivery } from '../delivery-load.ts';
import type { HubProcess } from '../hub-process.ts';
import type { StreamFollower } from '../stream-followers.ts';
import { waitUntil } from '../wait-until.ts';

/**
 * The check with which every crash test ends, against what the forges were answered:
 *
 *   deliveries   each answer 200 is stored once, under the id it was given; nothing is stored that was not sent
 *   events       of all sendings of a change one is accepted, and yields exactly what the change means, triggers included
 *   books        received = effected + filtered + duplicate, to the number; nothing dead or pending
 *   stream       `seq` is 1, 2, 3 … in the log, for every follower, and in the activity file, whose lines are those of the log
 */
export interface Evidence {
  readonly load: DeliveryLoad;
  readonly followers: readonly StreamFollower[];
  /** Any hub of the database; it must run. */
  readonly hub: HubProcess;
  /** All hubs of the database, whose inboxes must be empty and whose activity files are compared; by default only `hub`. */
  readonly hubs?: readonly HubProcess[];
  /** Which changes set off runs, all of which succeed; by default none. */
  readonly hasRuns?: (change: Change) => boolean;
}

export interface Figures {
  readonly answered: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly broken: number;
  readonly refused: number;
  readonly events: number;
  readonly triggers: number;
}

interface StoredDelivery {
  readonly id: string;
  readonly deliveryId: string | null;
  readonly state: 'accepted' | 'duplicate';
  readonly duplicateOf: string | null;
  readonly outcome: 'effected' | 'filtered' | 'duplicate' | 'dead';
  readonly error: string | null;
}

interface ActivityEvent {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly deliveryId?: string;
  readonly trigger?: string;
  readonly cause?: { readonly id: string };
}

interface Books {
  readonly total: Record<'received' | 'effected' | 'filtered' | 'duplicate' | 'dead' | 'pending', number> & {
    readonly balanced: boolean;
  };
  readonly exact: boolean;
}

/** Waits until everything is drained and everybody was told, then compares it all. The load must be stopped. */
export async function assertNothingLost(evidence: Evidence): Promise<Figures> {
  const { load, followers, hub, hubs = [hub], hasRuns = () => false } = evidence;
  const answered = [...load.sent.values()].flatMap((sent) => sent.answered);
  // Each hub knows best what waits in its own inbox.
  for (const one of hubs) await waitUntilDrained(one);
  const books = await waitUntilDrained(hub);
  const stored = await listStoredDeliveries(hub);
  const lines = await readActivity(hub);
  const events = lines.map((line) => JSON.parse(line) as ActivityEvent);

  assert.deepEqual(load.oddAnswers, [], 'every delivery is answered 200 or 503');
  assertStoredAsAnswered(load, stored);
  assertUnderstoodOnce(load, stored, events, hasRuns);
  const count = (outcome: StoredDelivery['outcome']) => stored.filter((one) => one.outcome === outcome).length;
  assert.deepEqual(
    books,
    {
      received: stored.length,
      effected: count('effected'),
      filtered: count('filtered'),
      duplicate: count('duplicate'),
      dead: 0,
      pending: 0,
      balanced: true,
    },
    'the books are what is stored',
  );

  const seqs = events.map(({ seq }) => seq);
  assertSequence(seqs, seqs.length, 'The activity log');
  for (const [index, follower] of followers.entries()) {
    await waitUntil(() => follower.seqs.length >= seqs.length, `follower ${index} was given all ${seqs.length} events`);
    assert.deepEqual(follower.gaps, [], `follower ${index} is told of no gap`);
    assertSequence(follower.seqs, seqs.length, `Follower ${index}`);
  }
  for (const one of hubs) {
    await waitUntil(() => readActivityFile(one).length >= lines.length, 'the activity file is written');
    assert.deepEqual(readActivityFile(one), lines, 'the activity file holds the log, each line once');
  }

  const sum = (pick: (sent: SentDelivery) => number) =>
    [...load.sent.values()].reduce((total, sent) => total + pick(sent), 0);
  return {
    answered: answered.length,
    stored: stored.length,
    duplicates: count('duplicate'),
    broken: sum((sent) => sent.broken),
    refused: sum((sent) => sent.refused),
    events: events.length,
    triggers: events.filter(({ type }) => type === 'trigger.raised').length,
  };
}

/** The totals of the books once nothing waits in the inbox of this hub. */
export async function waitUntilDrained(hub: HubProcess): Promise<Books['total']> {
  let books: Books | undefined;
  await waitUntil(async () => {
    const answer = await hub.ask('/api/v1/books');
    if (answer.status !== 200) return false;
    books = JSON.parse(answer.text) as Books;
    return books.exact;
  }, 'all deliveries are drained');
  if (books === undefined) throw new Error('The books were not read');
  return books.total;
}

export async function listStoredDeliveries(hub: HubProcess): Promise<StoredDelivery[]> {
  const stored: StoredDelivery[] = [];
  for (let before: string | null = ''; before !== null;) {
    const page = (await hub.askJson(
      `/api/v1/deliveries?limit=1000${before === '' ? '' : `&before=${before}`}`,
    )) as Page;
    stored.push(...page.deliveries);
    before = page.next;
  }
  return stored;
}

interface Page {
  readonly deliveries: readonly StoredDelivery[];
  readonly next: string | null;
}

async function readActivity(hub: HubProcess): Promise<string[]> {
  const { status, text } = await hub.ask('/activity?format=jsonl');
  assert.equal(status, 200, text);
  return text.split('\n').filter((line) => line !== '');
}

/** Lines of the activity file, those of the files put aside first; only whole ones. */
function readActivityFile({ dataDir }: HubProcess): string[] {
  const directory = join(dataDir, 'activity');
  const names = readdirSync(directory).toSorted();
  const aside = names.filter((name) => /^activity\.\d/.test(name));
  const text = [...aside, 'activity.jsonl'].map((name) => readFileSync(join(directory, name), 'utf8')).join('');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
}

function assertStoredAsAnswered(load: DeliveryLoad, stored: readonly StoredDelivery[]): void {
  const ids = new Set(stored.map(({ id }) => id));
  assert.equal(ids.size, stored.length, 'each arrival is stored once');
  const lost = [...load.sent.values()].flatMap((sent) => sent.answered).filter((id) => !ids.has(id));
  assert.deepEqual(lost, [], 'each delivery that was answered 200 is stored');

  const known = new Set([...load.sent.values()].flatMap((sent) => sent.answered));
  const unanswered = Map.groupBy(
    stored.filter(({ id }) => !known.has(id)),
    ({ deliveryId }) => deliveryId ?? 'none',
  );
  for (const [deliveryId, arrivals] of unanswered) {
    const broken = load.sent.get(deliveryId)?.broken ?? 0;
    assert.ok(
      arrivals.length <= broken,
      `${deliveryId} is stored ${arrivals.length} times beyond its answers, of ${broken} broken sendings`,
    );
  }
}

function assertUnderstoodOnce(
  load: DeliveryLoad,
  stored: readonly StoredDelivery[],
  events: readonly ActivityEvent[],
  hasRuns: (change: Change) => boolean,
): void {
  const eventsOf = Map.groupBy(events, ({ deliveryId }) => deliveryId ?? 'none');
  const arrivalsOf = Map.groupBy(stored, ({ deliveryId }) => load.sent.get(deliveryId ?? '')?.change);
  const causes = new Set(events.map(({ id }) => id));
  let understood = 0;
  for (const [change, arrivals] of arrivalsOf) {
    assert.ok(change !== undefined, `${JSON.stringify(arrivals[0])} was sent`);
    const accepted = arrivals.filter(({ state }) => state === 'accepted');
    assert.equal(accepted.length, 1, `one arrival of ${JSON.stringify(arrivals)} is accepted`);
    const [first] = accepted;
    const isEffected = change.triggers.length > 0 || hasRuns(change);
    assert.deepEqual([first?.error, first?.outcome], [null, isEffected ? 'effected' : 'filtered']);
    const own = eventsOf.get(first?.deliveryId ?? '') ?? [];
    understood += own.length;
    assert.deepEqual(own.map(({ type }) => type).toSorted(), [...change.yields].toSorted(), JSON.stringify(own));
    assert.deepEqual(
      own.flatMap(({ trigger }) => trigger ?? []),
      change.triggers,
    );
    for (const { cause } of own) assert.ok(cause === undefined || causes.has(cause.id), 'a trigger names its cause');
  }
  assert.equal(understood, events.length, 'every event belongs to an accepted delivery');
}

/** Strictly 1, 2, 3 … up to a number; tells the first place where it is not. */
function assertSequence(seqs: readonly number[], length: number, what: string): void {
  const wrong = seqs.findIndex((seq, index) => seq !== index + 1);
  const around =
    wrong === -1 ? '' : ` around place ${wrong}: ${seqs.slice(Math.max(0, wrong - 3), wrong + 4).join(' ')}`;
  assert.equal(wrong, -1, `${what} has a hole or a double${around}`);
  assert.equal(seqs.length, length, what);
}
