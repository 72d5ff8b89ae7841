import { setImmediate as nextTurn } from 'node:timers/promises';
import { toIsoTime } from '../../core/clock.ts';
import { EVENT_VERSION, type EventDraft } from '../../core/event.ts';
import { createId } from '../../core/id.ts';
import { findEventMarker, toHops } from '../../core/marker.ts';
import type { RuleSet, UnsequencedEvent } from '../../rules/rule-set.ts';
import type { NumberedEntry } from '../inbox/entry.ts';
import type { ForeignEdge } from './edges.ts';
import type { LoopGuard } from './loop-guard.ts';
import type { Lookups } from './lookups.ts';
import { packBody, type PackedBody } from './packed-body.ts';
import { type Understood, understand } from './understand.ts';

/**
 * All that can be done for a batch before its transaction: reading, compressing, asking the forges. What is prepared can be
 * committed any number of times, so a batch that has to wait for the database is not read again.
 */
export interface Prepared extends Understood, PackedBody {
  readonly events: readonly UnsequencedEvent[];
  readonly foreignEdges: readonly ForeignEdge[] | undefined;
}

/** What of the configuration decides about deliveries; read anew for each batch, so that a reload takes effect. */
export interface DrainSettings {
  readonly ruleSet: RuleSet;
  /** Lower-case logins of the hub's own accounts on a forge. */
  readonly accountsOf: (forge: string) => ReadonlySet<string>;
  readonly loopGuard: LoopGuard;
  /** Reads the rules that an event's repository brings along, so that the rule set knows them. */
  readonly ensureRepositoryRules: (event: UnsequencedEvent) => Promise<void>;
  readonly meaningWindowMs: number;
  readonly retentionMs: number;
}

/** An event to which so many of Fettle's own effects led ends the chain: it triggers nothing. */
const HOPS_TO_END = 8;
/** Longest time spent on reading between two turns of the event loop. */
const SLICE_MS = 1;
/** Accepting comes first: under pressure it gets so many times what the drain takes, and the drain keeps a fifth. */
const GIVEN_MS = 4 * SLICE_MS;
/** A turn of the event loop that is over sooner had nothing to do for anybody. */
const QUIET_TURN_MS = 0.2;

/** Reads entries in order, giving way to other work in between. */
export async function understandEntries(entries: readonly NumberedEntry[]): Promise<(Understood & PackedBody)[]> {
  const understood: (Understood & PackedBody)[] = [];
  let sliceStartedAtMs = performance.now();
  for (const entry of entries) {
    if (performance.now() - sliceStartedAtMs > SLICE_MS) sliceStartedAtMs = await giveWay();
    understood.push({ ...understand(entry), ...(await packBody(entry.body)) });
  }
  return understood;
}

/** Lets others have turns of the event loop until they need none or had their share. Resolves with the time. */
async function giveWay(): Promise<number> {
  const startedAtMs = performance.now();
  for (let turnAtMs = startedAtMs; ;) {
    await nextTurn();
    const nowMs = performance.now();
    if (nowMs - turnAtMs < QUIET_TURN_MS || nowMs - startedAtMs >= GIVEN_MS) return nowMs;
    turnAtMs = nowMs;
  }
}

/** @param isKnown whether the subject was seen before, so that its history need not be asked for. */
export async function prepareUnderstood(
  understood: Understood & PackedBody,
  isKnown: boolean,
  settings: DrainSettings,
  lookups: Lookups,
): Promise<Prepared> {
  const { entry, drafts, snapshot } = understood;
  const events = drafts.map((draft) => toEvent(understood, draft, settings));
  const [first] = events;
  if (first !== undefined) await settings.ensureRepositoryRules(first);
  const [withPermissions, foreignEdges] = await Promise.all([
    Promise.all(events.map((event) => addPermission(event, settings, lookups))),
    snapshot?.touched === undefined || snapshot.opened || snapshot.base.repo === undefined || isKnown
      ? undefined
      : lookups.findEdges(
          entry.head.forge,
          snapshot.base.repo,
          snapshot.number,
          snapshot.at ?? toIsoTime(entry.head.receivedAtMs),
        ),
  ]);
  return { ...understood, events: withPermissions, foreignEdges };
}

/** A draft with what Fettle adds: ids, origin, and the flags that keep it from rules. */
export function toEvent({ entry, identity }: Understood, draft: EventDraft, settings: DrainSettings): UnsequencedEvent {
  const { head } = entry;
  const isOwn =
    (draft.actor !== undefined && settings.accountsOf(head.forge).has(draft.actor.login.toLowerCase())) ||
    findEventMarker(draft) !== undefined ||
    toHops(draft) >= HOPS_TO_END;
  const isStale =
    draft.occurredAt !== undefined && Date.parse(draft.occurredAt) < head.receivedAtMs - settings.retentionMs;
  return {
    id: createId(),
    v: EVENT_VERSION,
    forge: head.forge,
    kind: head.kind,
    origin: 'webhook',
    deliveryId: identity.deliveryId,
    receivedAt: toIsoTime(head.receivedAtMs),
    ...draft,
    test: identity.test || draft.test || undefined,
    own: isOwn || undefined,
    stale: isStale || undefined,
  };
}

async function addPermission(
  event: UnsequencedEvent,
  { ruleSet }: DrainSettings,
  lookups: Lookups,
): Promise<UnsequencedEvent> {
  if (event.repo === undefined || event.actor === undefined || !ruleSet.asksForPermission(event)) return event;
  return { ...event, permission: (await lookups.findPermission(event.forge, event.repo, event.actor)) ?? 'unknown' };
}
