import type { Transaction } from 'kysely';
import { toIsoTime } from '../../core/clock.ts';
import { toEventFields } from '../../core/event-filter.ts';
import { type Match, toMatched } from '../../rules/match.ts';
import { toNewRun } from '../../rules/to-new-run.ts';
import type { UnsequencedEvent } from '../../rules/rule-set.ts';
import { toTriggerEvent } from '../../rules/trigger.ts';
import {
  advanceInbox,
  claimDeliveryKeys,
  claimMeanings,
  insertDeliveries,
  insertEvents,
  type KeyRow,
  lockSubjects,
  type MeaningRow,
  type NewDelivery,
  type NewEvent,
  saveSubjects,
  toKeyText,
  type Tally,
  touchRepositories,
} from '../../store/batch.ts';
import { insertDeliveryRuns, type NewDeliveryRuns } from '../../store/run-books.ts';
import { insertRuns, type NewRun } from '../../store/runs.ts';
import type { Database } from '../../store/schema.ts';
import { deriveEdges, type Edge, type SnapshotRecord } from './edges.ts';
import { type DrainSettings, type Prepared, toEvent } from './prepare.ts';
import type { Understood } from './understand.ts';

/**
 * The transaction of a batch: all or nothing.
 *
 *   delivery ids ▸ meanings ▸ edges ▸ rules ▸ deliveries ▸ repositories ▸ runs ▸ inbox and books ▸ events with their seq ▸ commit
 */
export interface CommittedDelivery {
  readonly prepared: Prepared;
  readonly state: NewDelivery['state'];
  readonly duplicateOf: string | null;
  readonly outcome: NewDelivery['outcome'];
  /** Types of its events, in order. */
  readonly types: readonly string[];
  /** Triggers that its events raised. */
  readonly triggers: readonly string[];
}

export interface Commit {
  readonly deliveries: readonly CommittedDelivery[];
  /** The highest `seq` given out; 0 when the batch had no event. */
  readonly lastSeq: number;
  /** How many runs were made. */
  readonly runs: number;
}

/** The inbox moved on since this batch was read: a commit whose answer was lost had gone through. */
export class InboxMovedError extends Error {}

export interface DrainedInbox {
  readonly id: string;
  readonly host: string;
  readonly answeredThrough: number;
}

export async function commitBatch(
  trx: Transaction<Database>,
  batch: readonly Prepared[],
  inbox: DrainedInbox,
  progress: { readonly from: number; readonly through: number },
  settings: DrainSettings,
  nowMs: number,
): Promise<Commit> {
  const duplicates = await findDuplicates(trx, batch, settings.meaningWindowMs);
  const accepted = batch.filter((one) => !duplicates.has(one));
  const edges = await findEdgeEvents(trx, accepted, settings, toIsoTime(nowMs));

  const rows: NewEvent[] = [];
  const runs: NewRun[] = [];
  const books: NewDeliveryRuns[] = [];
  const nowAt = toIsoTime(nowMs);
  const deliveries = batch.map((prepared): CommittedDelivery => {
    const duplicate = duplicates.get(prepared);
    if (duplicate !== undefined)
      return { prepared, state: 'duplicate', duplicateOf: duplicate.of, outcome: 'duplicate', types: [], triggers: [] };
    const events = [...prepared.events, ...(edges.get(prepared) ?? [])].map((event) => matchEvent(event, settings));
    for (const { event, matches } of events) {
      rows.push(toRow(prepared, event, matches));
      rows.push(
        ...matches.flatMap(({ rule, triggers }) =>
          triggers.map((trigger) => toRow(prepared, toTriggerEvent(event, rule, trigger), [])),
        ),
      );
    }
    const source = { origin: 'event', deliveryId: prepared.entry.head.id, nowAt } as const;
    const own = events.flatMap(({ event, matches }) =>
      matches.flatMap((match) => {
        const refusal = settings.loopGuard.check(match, event, nowMs);
        return match.runs.map((planned) => toNewRun(planned, { ...source, event, refusal }));
      }),
    );
    runs.push(...own);
    const triggered = events.some(({ matches }) => matches.some(({ triggers }) => triggers.length > 0));
    const dead = own.filter(({ state }) => state === 'dead').length;
    const open = own.filter(({ finishedAt }) => finishedAt === null).length;
    if (own.length > 0) {
      const { forge } = prepared.entry.head;
      books.push({ ...toClaim(prepared), inboxId: inbox.id, forge, triggered, open, dead, effected: 0 });
    }
    return {
      prepared,
      state: 'accepted',
      duplicateOf: null,
      outcome: open > 0 ? 'pending' : dead > 0 ? 'dead' : triggered ? 'effected' : 'filtered',
      types: events.map(({ event }) => event.type),
      triggers: events.flatMap(({ matches }) => matches.flatMap((match) => match.triggers)),
    };
  });

  await insertDeliveries(
    trx,
    deliveries.map((one) => toDeliveryRow(one, inbox.id, duplicates.get(one.prepared)?.by ?? null)),
  );
  await touchRepositories(trx, toSightings(rows));
  await insertDeliveryRuns(trx, books);
  await insertRuns(trx, runs);
  if (!(await advanceInbox(trx, inbox, progress, toTallies(deliveries), nowAt))) throw new InboxMovedError();
  const lastSeq = rows.length === 0 ? 0 : await insertEvents(trx, rows);
  return { deliveries, lastSeq, runs: runs.length };
}

interface Duplicate {
  readonly of: string;
  readonly by: 'id' | 'meaning';
}

async function findDuplicates(
  trx: Transaction<Database>,
  batch: readonly Prepared[],
  windowMs: number,
): Promise<Map<Prepared, Duplicate>> {
  const duplicates = new Map<Prepared, Duplicate>();
  const keyRows = new Map<KeyRow, Prepared>();
  for (const one of batch)
    keyRows.set({ ...toClaim(one), forge: one.entry.head.forge, key: one.identity.deliveryKey }, one);
  for (const [row, of] of await claimDeliveryKeys(trx, [...keyRows.keys()])) {
    const one = keyRows.get(row);
    if (one !== undefined) duplicates.set(one, { of, by: 'id' });
  }
  const meaningRows = new Map<MeaningRow, Prepared>();
  for (const one of batch) {
    if (one.meaning !== undefined && !duplicates.has(one)) meaningRows.set({ ...toClaim(one), hash: one.meaning }, one);
  }
  if (meaningRows.size === 0) return duplicates;
  for (const [row, of] of await claimMeanings(trx, [...meaningRows.keys()], windowMs)) {
    const one = meaningRows.get(row);
    if (one !== undefined) duplicates.set(one, { of, by: 'meaning' });
  }
  return duplicates;
}

function toClaim({ entry }: Understood): { deliveryId: string; receivedAt: string } {
  return { deliveryId: entry.head.id, receivedAt: toIsoTime(entry.head.receivedAtMs) };
}

/** Where the snapshots of a delivery's subject are kept; undefined when it has none. */
export function toSubjectKey({ entry, snapshot }: Understood): { forge: string; key: string } | undefined {
  const repo = snapshot?.base.repo;
  if (snapshot === undefined || repo === undefined) return undefined;
  return { forge: entry.head.forge, key: `${repo.id ?? repo.fullName}/${snapshot.subject}/${snapshot.number}` };
}

async function findEdgeEvents(
  trx: Transaction<Database>,
  accepted: readonly Prepared[],
  settings: DrainSettings,
  nowAt: string,
): Promise<Map<Prepared, UnsequencedEvent[]>> {
  const found = new Map<Prepared, UnsequencedEvent[]>();
  const keyed = accepted.flatMap((one) => {
    const subject = toSubjectKey(one);
    return subject === undefined ? [] : [{ one, subject }];
  });
  if (keyed.length === 0) return found;
  const locked = await lockSubjects(
    trx,
    keyed.map(({ subject }) => subject),
    nowAt,
  );
  const records = locked as Map<string, readonly SnapshotRecord[]>;
  const changed = new Map<string, { forge: string; key: string }>();
  for (const { one, subject } of keyed) {
    if (one.snapshot === undefined) continue;
    const id = toKeyText(subject);
    const at = one.snapshot.at ?? toIsoTime(one.entry.head.receivedAtMs);
    const derived = deriveEdges(records.get(id) ?? [], { ...one.snapshot, at }, one.foreignEdges);
    records.set(id, derived.records);
    changed.set(id, subject);
    found.set(
      one,
      derived.edges.map((edge) => toEdgeEvent(one, edge, settings)),
    );
  }
  await saveSubjects(
    trx,
    [...changed].map(([id, subject]) => ({ ...subject, snapshots: records.get(id) ?? [] })),
    nowAt,
  );
  return found;
}

function toEdgeEvent(one: Prepared, edge: Edge, settings: DrainSettings): UnsequencedEvent {
  const snapshot = one.snapshot as NonNullable<Prepared['snapshot']>;
  const isLabel = edge.verb === 'labeled' || edge.verb === 'unlabeled';
  const draft = {
    ...snapshot.base,
    type: `${snapshot.subject}.${edge.verb}` as const,
    occurredAt: edge.at,
    ...(isLabel ? { label: edge.value } : { assignee: edge.value }),
    ...(edge.assumed ? { assumed: true } : {}),
  };
  return toEvent(one, draft, settings);
}

function matchEvent(event: UnsequencedEvent, { ruleSet }: DrainSettings) {
  const matches = ruleSet.match(event);
  const isUntold = matches.length > 0 && ruleSet.asksForPermission(event);
  return { event: isUntold ? { ...event, permission: 'unknown' as const } : event, matches };
}

function toRow({ entry }: Prepared, event: UnsequencedEvent, matches: readonly Match[]): NewEvent {
  return {
    id: event.id,
    receivedAt: event.receivedAt,
    deliveryId: entry.head.id,
    forge: event.forge,
    type: event.type,
    repo: event.repo?.fullName ?? null,
    actor: event.actor?.login ?? null,
    subject: event.subject ?? null,
    number: event.number ?? null,
    label: event.label ?? null,
    trigger: event.trigger ?? null,
    action: toEventFields(event).action,
    event: JSON.stringify(event),
    matched: matches.length === 0 ? null : JSON.stringify(matches.flatMap(toMatched)),
  };
}

function toDeliveryRow(one: CommittedDelivery, inboxId: string, duplicateBy: NewDelivery['duplicateBy']): NewDelivery {
  const { entry, identity, body, bodySha256, error } = one.prepared;
  return {
    ...toClaim(one.prepared),
    id: entry.head.id,
    inboxId,
    number: entry.number,
    forge: entry.head.forge,
    kind: entry.head.kind,
    forgeDeliveryId: identity.deliveryId ?? null,
    event: identity.event,
    state: one.state,
    duplicateOf: one.duplicateOf,
    duplicateBy,
    outcome: one.outcome,
    remoteAddress: entry.head.remoteAddress,
    headers: entry.head.headers,
    body,
    bodyBytes: entry.body.length,
    bodySha256,
    error: error ?? null,
  };
}

function toSightings(rows: readonly NewEvent[]) {
  const sightings = new Map<
    string,
    { forge: string; fullName: string; lastEventAt: string; lastEventType: string; events: number }
  >();
  for (const row of rows) {
    if (row.repo === null || row.trigger !== null) continue;
    const id = `${row.forge}\u0000${row.repo}`;
    const before = sightings.get(id);
    sightings.set(id, {
      forge: row.forge,
      fullName: row.repo,
      lastEventAt: row.receivedAt,
      lastEventType: row.type,
      events: (before?.events ?? 0) + 1,
    });
  }
  return [...sightings.values()];
}

function toTallies(deliveries: readonly CommittedDelivery[]): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const { prepared, outcome } of deliveries) {
    const { forge } = prepared.entry.head;
    const before = tallies.get(forge) ?? { forge, duplicate: 0, effected: 0, filtered: 0, dead: 0, pending: 0 };
    tallies.set(forge, { ...before, [outcome]: before[outcome] + 1 });
  }
  return [...tallies.values()];
}
