import type { Kysely } from 'kysely';
import { type Clock, toIsoTime } from '../core/clock.ts';
import type { RunState } from '../store/run-tables.ts';
import type { Database } from '../store/schema.ts';
import { type Applied, applyDifferences, type ReplayMode } from './apply.ts';
import { DIFFERENCES, type Difference, type EventDifference, toEventDifference } from './differences.ts';
import {
  mapInTurns,
  type PastEvent,
  type PastProgress,
  type PastRange,
  scanPastEvents,
  toReplayed,
} from './past-events.ts';
import { ensureRulesOf, type PresentRules } from './present-rules.ts';

/**
 * Replay: stored events through today's rules. A dry one only says what would happen. A real one makes the runs that are missing; their
 * ids follow from event, rule and action, so that what was done is recognised, and a replay that broke off is simply done again.
 */
export interface ReplayPorts extends PresentRules {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
}

export interface ReplayRequest extends ReplayMode {
  /** Only say what would happen. */
  readonly dry: boolean;
  /** List also what ended well or is under way, so that nothing happens. */
  readonly listsAll: boolean;
}

/** What a replay did or would do. */
export interface ReplayReport extends Applied {
  /** How many runs are of each kind. */
  readonly runs: Readonly<Record<Difference, number>>;
  readonly triggers: Readonly<Record<'new' | 'done' | 'gone', number>>;
  readonly items: readonly ReplayItem[];
  /** Items that are counted but not listed, because there are too many. */
  readonly left: number;
}

/** One run or trigger, then and now. */
export interface ReplayItem {
  readonly event: EventName;
  readonly difference: Difference;
  readonly rule: string;
  /** Full name of the repository whose own file holds the rule; null for the hub's. */
  readonly source: string | null;
  /** Null for a run. */
  readonly trigger: string | null;
  /** Null for a trigger. */
  readonly run: {
    readonly id: string;
    readonly action: string;
    readonly destination: string;
    /** Of the run that exists. */
    readonly state: RunState | null;
    /** Why the run could do nothing. */
    readonly problem: string | null;
    /** The dead run that it takes the place of. */
    readonly replaces: string | null;
  } | null;
}

/** What identifies an event to a reader. */
export interface EventName {
  readonly id: string;
  readonly seq: number;
  readonly type: string;
  readonly forge: string;
  readonly repo: string | null;
}

const MOST_ITEMS = 1_000;

/** Replays the events of a range, as many as one call takes; `next` says where the next one goes on. */
export async function replayRange(
  ports: ReplayPorts,
  range: PastRange,
  request: ReplayRequest,
): Promise<ReplayReport & PastProgress> {
  const report = createReport(request);
  const progress = await scanPastEvents(ports, range, async (page) => {
    report.add(...(await replayPage(ports, page, request)));
  });
  return { ...report.read(), ...progress };
}

/** Replays these events. */
export async function replayThese(
  ports: ReplayPorts,
  events: readonly PastEvent[],
  request: ReplayRequest,
): Promise<ReplayReport & PastProgress> {
  const report = createReport(request);
  report.add(...(await replayPage(ports, events, request)));
  return { ...report.read(), events: events.length, next: null };
}

async function replayPage(
  { db, clock, ...rules }: ReplayPorts,
  events: readonly PastEvent[],
  { dry, ...mode }: ReplayRequest,
): Promise<[readonly EventDifference[], Applied]> {
  await ensureRulesOf(
    rules,
    events.map(({ event }) => event),
  );
  const differences = await mapInTurns(events, (past) =>
    toEventDifference(past, rules.ruleSet.match(toReplayed(past.event))),
  );
  if (dry) return [differences, { made: 0, redriven: 0, raised: 0 }];
  return [differences, await applyDifferences(db, differences, mode, toIsoTime(clock()))];
}

/** Collects what pages give, and keeps no more of it than an answer may hold. */
function createReport({ listsAll }: ReplayRequest) {
  const runs = Object.fromEntries(DIFFERENCES.map((name) => [name, 0])) as Record<Difference, number>;
  const triggers = { new: 0, done: 0, gone: 0 };
  const applied = { made: 0, redriven: 0, raised: 0 };
  const items: ReplayItem[] = [];
  let left = 0;

  const list = (item: ReplayItem): void => {
    if (!listsAll && (item.difference === 'done' || item.difference === 'open')) return;
    if (items.length < MOST_ITEMS) items.push(item);
    else left += 1;
  };

  return {
    add(differences: readonly EventDifference[], did: Applied): void {
      for (const { past, ...difference } of differences) {
        const event = toEventName(past);
        for (const one of difference.runs) {
          runs[one.difference] += 1;
          const { id, action, destination, state, problem, replaces } = one;
          const run = { id, action, destination, state, problem, replaces };
          list({ event, difference: one.difference, rule: one.rule, source: one.source, trigger: null, run });
        }
        for (const one of difference.triggers) {
          triggers[one.difference] += 1;
          list({ event, source: null, run: null, ...one });
        }
      }
      applied.made += did.made;
      applied.redriven += did.redriven;
      applied.raised += did.raised;
    },
    read: (): ReplayReport => ({ ...applied, runs, triggers, items, left }),
  };
}

/** What identifies a past event to a reader. */
export function toEventName({ seq, event }: PastEvent): EventName {
  return { id: event.id, seq, type: event.type, forge: event.forge, repo: event.repo?.fullName ?? null };
}
