import assert from 'node:assert/strict';
import type { Change } from '../deliveries.ts';
import type { DeliveryLoad } from '../delivery-load.ts';
import type { HubProcess } from '../hub-process.ts';
import { waitUntil } from '../wait-until.ts';
import { listStoredDeliveries, waitUntilDrained } from './nothing-lost.ts';
import { DIGEST_ROOM, NODE, type Outside, PLAIN_ROOM, type RuleKind, RULES, WINDOW_MS } from './outside.ts';

/** A run as the API lists it. */
export interface ListedRun {
  readonly id: string;
  readonly ordinal: number;
  readonly deliveryId: string | null;
  readonly rule: string;
  readonly action: string;
  readonly state: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly attempt: number;
  readonly nextAt: string | null;
}

export interface EffectFigures {
  readonly runs: number;
  /** Attempts beyond the first that were not a digest waiting for its edit. */
  readonly repeatedAttempts: number;
  /** Requests of the services that were told something they knew. */
  readonly repeatedRequests: number;
  readonly digestMessages: number;
}

/** Which rules a change sets off, among those with runs. */
export function toKinds(change: Change, kinds: readonly RuleKind[]): RuleKind[] {
  const isPush = change.yields.includes('push');
  const isOpened = change.yields.includes('issue.opened');
  return kinds.filter((kind) => isPush || (isOpened && (kind === 'told' || kind === 'recorded')));
}

/**
 * Whether every accepted delivery had each of its effects once, as those see it who were acted upon:
 *
 *   runs      exactly those that the rules ask for, each succeeded
 *   room      one message per run, its transaction id the id of the run, in the order of the runs
 *   digest    the totals of the messages add up to all pushes; two new messages are never closer than a window
 *   service   each run arrived, and whatever arrived again said the same under the same id
 *   ledger    one row per run
 */
export async function assertEffectsOnce(evidence: {
  /** Several when there are several hubs: the order of what different hubs accepted at the same time is nobody's business. */
  readonly loads: readonly Pick<DeliveryLoad, 'sent'>[];
  readonly hub: HubProcess;
  readonly outside: Outside;
  readonly kinds?: readonly RuleKind[];
}): Promise<EffectFigures> {
  const { loads, hub, outside, kinds = ['plain', 'digest', 'told', 'recorded'] } = evidence;
  const sent = new Map(loads.flatMap((load) => [...load.sent]));
  await waitUntilDrained(hub);
  const runs = await listAllRuns(hub);
  const of = (kind: RuleKind) =>
    runs.filter(({ rule }) => rule === RULES[kind]).toSorted((one, other) => one.ordinal - other.ordinal);

  const accepted = (await listStoredDeliveries(hub)).filter(({ state }) => state === 'accepted');
  const wanted = accepted.flatMap(({ id, deliveryId }) => {
    const change = sent.get(deliveryId ?? '')?.change;
    assert.ok(change !== undefined);
    return toKinds(change, kinds).map((kind) => `${id} ${RULES[kind]}`);
  });
  assert.deepEqual(
    runs.map(({ deliveryId, rule }) => `${deliveryId} ${rule}`).toSorted(),
    wanted.toSorted(),
    'each accepted delivery has the runs that the rules ask for',
  );
  const unfinished = runs.filter(({ state, action }) => state !== 'succeeded' && !isRecordedAgain(state, action));
  assert.deepEqual(unfinished, [], 'every run succeeded');

  const { matrix, receiver } = outside;
  if (kinds.includes('plain')) {
    const posted = matrix.events(PLAIN_ROOM).map(({ transactionId }) => transactionId);
    assert.deepEqual(posted.toSorted(), toIds(of('plain')), 'the room has one message per run');
    for (const load of loads) {
      const ids = new Set(accepted.filter(({ deliveryId }) => load.sent.has(deliveryId ?? '')).map(({ id }) => id));
      const own = of('plain').filter(({ deliveryId }) => ids.has(deliveryId ?? ''));
      assert.deepEqual(
        posted.filter((id) => own.some((run) => run.id === id)),
        own.map(({ id }) => id),
        'the messages are in the order of the runs',
      );
    }
  }
  if (kinds.includes('digest')) assertDigest(outside, of('digest').length);
  const bodies = Map.groupBy(receiver.requests, ({ headers }) => headers['webhook-id'] ?? 'none');
  if (kinds.includes('told')) {
    assert.deepEqual([...bodies.keys()].toSorted(), toIds(of('told')), 'the service was told of each run');
    for (const [id, requests] of bodies) assert.equal(new Set(requests.map(({ body }) => body)).size, 1, id);
  }
  if (kinds.includes('recorded')) {
    const rows = await listLedger(hub);
    assert.deepEqual(rows.toSorted(), toIds(of('recorded')), 'the ledger has one row per run');
    const { nodes } = (await hub.askJson('/api/v1/ledger/nodes')) as { nodes: { id: string; runs: number }[] };
    assert.deepEqual(
      nodes.map(({ id, runs: count }) => [id, count]),
      [[NODE, rows.length]],
    );
  }
  return {
    runs: runs.length,
    repeatedAttempts: sum(runs.filter(({ rule }) => rule !== RULES.digest).map(({ attempt }) => attempt - 1)),
    repeatedRequests: receiver.requests.length - bodies.size + matrix.requests.filter((one) => one.isReplay).length,
    digestMessages: kinds.includes('digest') ? matrix.messages(DIGEST_ROOM).length : 0,
  };
}

/** The ledger had the row when the process died, and the next attempt found it. */
function isRecordedAgain(state: string, action: string): boolean {
  return state === 'unchanged' && action === 'ledger.record';
}

/** Each push of the load has one commit. */
function assertDigest({ matrix, firstArrivalMs }: Outside, pushes: number): void {
  const messages = matrix.messages(DIGEST_ROOM);
  const totals = messages.map(({ body }) => Number(/ pushed (\d+) commits? to /.exec(body)?.[1]));
  assert.equal(sum(totals), pushes, `the messages tell of all pushes: ${totals.join(' + ')}`);
  const events = matrix.events(DIGEST_ROOM);
  const keys = events.map(({ transactionId }) => transactionId);
  assert.equal(new Set(keys).size, keys.length, 'no sending was made twice');
  const sentAtMs = messages.map(({ eventId }) => {
    const event = events.find((one) => one.eventId === eventId);
    return firstArrivalMs.get(event?.transactionId ?? '') ?? Number.NaN;
  });
  for (const [index, atMs] of sentAtMs.entries()) {
    const sinceMs = index === 0 ? WINDOW_MS : atMs - (sentAtMs[index - 1] ?? Number.NaN);
    assert.ok(sinceMs >= WINDOW_MS, `message ${index} came ${sinceMs} ms after the one before`);
  }
}

/** Every run, oldest first. */
export async function listAllRuns(hub: HubProcess, query = ''): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for (let before = ''; ;) {
    const path = `/api/v1/runs?limit=1000${query}${before}`;
    const page = (await hub.askJson(path)) as { runs: ListedRun[]; next: number | null };
    runs.push(...page.runs);
    if (page.next === null) return runs.toReversed();
    before = `&before=${page.next}`;
  }
}

/** Waits until so many runs are found, also by a hub whose database is not open yet. */
export async function waitForRuns(hub: HubProcess, query: string, count: number): Promise<ListedRun[]> {
  let runs: ListedRun[] = [];
  await waitUntil(async () => {
    const { status } = await hub.ask('/api/v1/runs?limit=1');
    if (status === 200) runs = await listAllRuns(hub, query);
    return runs.length === count;
  }, `there are ${count} runs with ${query}`);
  return runs;
}

async function listLedger(hub: HubProcess): Promise<string[]> {
  const ids: string[] = [];
  for (let before = ''; ;) {
    const path = `/api/v1/ledger/runs?limit=1000${before}`;
    const page = (await hub.askJson(path)) as { runs: { id: string }[]; next: number | null };
    ids.push(...page.runs.map(({ id }) => id));
    if (page.next === null) return ids;
    before = `&before=${page.next}`;
  }
}

function toIds(runs: readonly ListedRun[]): string[] {
  return runs.map(({ id }) => id).toSorted();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
