import type { Kysely, Transaction } from 'kysely';
import { toEventFields } from '../core/event-filter.ts';
import { toNewRun } from '../rules/to-new-run.ts';
import { toTriggerEvent } from '../rules/trigger.ts';
import { insertEvents, type NewEvent } from '../store/batch.ts';
import { isConflict } from '../store/database-errors.ts';
import type { MatchedRule } from '../store/events.ts';
import { ensurePartitions } from '../store/partitions.ts';
import {
  lockMatched,
  type Renewal,
  renewInputs,
  replaceRuns,
  reviveSkippedRuns,
  saveMatched,
} from '../store/replay.ts';
import { type BookChange, ensureDeliveryRuns, settleBooks } from '../store/run-books.ts';
import { redriveRuns } from '../store/run-steering.ts';
import { insertRuns, moveFollowers, type NewRun } from '../store/runs.ts';
import type { Database } from '../store/schema.ts';
import type { EventDifference, RunDifference, TriggerDifference } from './differences.ts';
import { toReplayed } from './past-events.ts';

/**
 * The transaction of a real replay, for one page of events:
 *
 *   books of the deliveries ▸ new runs ▸ runs in place of dead ones ▸ skipped runs ▸ followers ▸ books ▸ what matched ▸ raised triggers ▸ commit
 *
 * Dead and cancelled runs are redriven by a transaction of their own after it. Each part recognises what was done, so that a page can be
 * repeated, here or by another process at the same time.
 */
export interface ReplayMode {
  /** Get runs going again that are dead, cancelled or skipped; with `triggers` raise triggers again. */
  readonly redrive: boolean;
  /** Raise the triggers that were not raised then. */
  readonly triggers: boolean;
}

/** What was done. */
export interface Applied {
  /** Runs that were made. */
  readonly made: number;
  /** Runs that go on. */
  readonly redriven: number;
  /** Triggers that were raised. */
  readonly raised: number;
}

/** Another transaction may get in the way, such as one that ends runs of the same deliveries. */
const MOST_TRIES = 5;

/** Does what the differences of a page say, all or nothing; see above. */
export async function applyDifferences(
  db: Kysely<Database>,
  page: readonly EventDifference[],
  mode: ReplayMode,
  nowAt: string,
): Promise<Applied> {
  const work = toWork(page, mode, nowAt);
  const { inserts, revive, renew, redrive, raises } = work;
  if (raises) await ensurePartitions(db, new Date(nowAt), new Date(nowAt));
  const isIdle = inserts.length + revive.length + renew.length === 0 && !raises;
  const done = isIdle
    ? { made: 0, redriven: 0, raised: 0 }
    : await retryConflicts(() => db.transaction().execute((trx) => applyWork(trx, page, work, mode, nowAt)));
  if (redrive.length === 0) return done;
  const redriven = await retryConflicts(() => redriveRuns(db, redrive, { nowAt }));
  return { ...done, redriven: done.redriven + redriven.length };
}

interface Work {
  readonly deliveryIds: readonly string[];
  readonly inserts: readonly NewRun[];
  /** By the id of the new run. */
  readonly replaced: ReadonlyMap<string, string>;
  readonly revive: readonly string[];
  /** What is to be redriven with another input. */
  readonly renew: readonly Renewal[];
  readonly redrive: readonly string[];
  readonly raises: boolean;
}

function toWork(page: readonly EventDifference[], mode: ReplayMode, nowAt: string): Work {
  const inserts: NewRun[] = [];
  const replaced = new Map<string, string>();
  const revive: string[] = [];
  const renew: Renewal[] = [];
  const redrive: string[] = [];
  const deliveryIds = new Set<string>();
  let raises = false;
  for (const { past, runs, triggers } of page) {
    const { deliveryId } = past;
    const source = { origin: 'replay', event: toReplayed(past.event), deliveryId, nowAt } as const;
    /** Dead runs that keep their place, by the id of the run that could take it. */
    const kept = new Map<string, string>();
    for (const run of runs) {
      const { planned, replaces } = run;
      if (replaces !== null) (mode.redrive ? replaced : kept).set(run.id, replaces);
      if (planned !== null && (run.difference === 'new' || replaced.has(run.id))) {
        const after = planned.after === null ? null : (kept.get(planned.after) ?? planned.after);
        inserts.push(toNewRun({ ...planned, after }, source));
        if (deliveryId !== null) deliveryIds.add(deliveryId);
      }
      if (!mode.redrive || replaces !== null) continue;
      if (run.difference === 'skipped') revive.push(run.id);
      if (isRedrivable(run)) redrive.push(run.id);
      if (planned !== null && isRenewable(run)) renew.push(toRenewal(toNewRun(planned, source)));
    }
    if (!triggers.some((trigger) => isRaised(trigger, mode))) continue;
    raises = true;
    if (deliveryId !== null) deliveryIds.add(deliveryId);
  }
  return { deliveryIds: [...deliveryIds], inserts, replaced, revive, renew, redrive, raises };
}

/** A run that was cancelled because of the one before it goes on after that one, not beside it. */
function isRedrivable({ difference, past }: RunDifference): boolean {
  if (past === null || !past.isRendered) return false;
  return difference === 'dead' || (difference === 'cancelled' && past.code !== 'run_not_movable');
}

/** Codes of errors that the rule is the cause of: sent again as it is, the run would fail again. */
const CAUSED_BY_RULE: readonly (string | null)[] = ['input_invalid', 'rule_invalid', 'action_forbidden'];

function isRenewable({ difference, past, planned }: RunDifference): boolean {
  return (
    difference === 'dead' &&
    past?.isRendered === true &&
    planned?.problem === null &&
    CAUSED_BY_RULE.includes(past.code)
  );
}

function isRaised({ difference }: TriggerDifference, { triggers, redrive }: ReplayMode): boolean {
  return triggers && (difference === 'new' || (difference === 'done' && redrive));
}

function toRenewal({ id, input, credential, options }: NewRun): Renewal {
  return { id, input, credential, options };
}

async function applyWork(
  trx: Transaction<Database>,
  page: readonly EventDifference[],
  work: Work,
  mode: ReplayMode,
  nowAt: string,
): Promise<Applied> {
  await ensureDeliveryRuns(trx, work.deliveryIds);
  const made = await insertRuns(trx, work.inserts);
  const inserted = work.inserts.filter(({ id }) => made.has(id));
  const replacements = [...work.replaced].flatMap(([by, id]) => (made.has(by) ? [{ id, by }] : []));
  const replacing = await replaceRuns(trx, replacements, nowAt);
  await renewInputs(trx, work.renew);
  const { changes: reviving, revived } = await reviveSkippedRuns(trx, work.revive, nowAt);
  // What a new run waits for may have ended long ago, and one that is dead from the start lets nothing follow.
  const ended = inserted.flatMap(({ id, state, afterRun }) => (state === 'dead' ? [id] : (afterRun ?? [])));
  const moving = ended.length === 0 ? [] : await moveFollowers(trx, ended, nowAt);

  const { rows, raising, matched } = await toRaised(trx, page, made, mode, nowAt);
  await settleBooks(trx, [...inserted.flatMap(toBookChange), ...replacing, ...reviving, ...moving, ...raising]);
  await saveMatched(trx, matched);
  if (rows.length > 0) await insertEvents(trx, rows);
  return { made: inserted.length - replacements.length, redriven: replacements.length + revived, raised: rows.length };
}

function toBookChange({ deliveryId, state, finishedAt }: NewRun): BookChange[] {
  if (deliveryId === null) return [];
  return [{ deliveryId, open: finishedAt === null ? 1 : 0, dead: state === 'dead' ? 1 : 0, effected: 0 }];
}

interface Raised {
  readonly rows: readonly NewEvent[];
  readonly raising: readonly BookChange[];
  /** What is to be kept with the events that now matched more. */
  readonly matched: readonly { readonly seq: number; readonly matched: readonly MatchedRule[] }[];
}

/** The triggers to raise. Which ones were raised before is read again under a lock, since two replays may want the same. */
async function toRaised(
  trx: Transaction<Database>,
  page: readonly EventDifference[],
  made: ReadonlySet<string>,
  mode: ReplayMode,
  nowAt: string,
): Promise<Raised> {
  const touched = page.filter(
    ({ runs, triggers }) => runs.some(({ id }) => made.has(id)) || triggers.some((one) => isRaised(one, mode)),
  );
  const rows: NewEvent[] = [];
  const raising: BookChange[] = [];
  const matched: { seq: number; matched: readonly MatchedRule[] }[] = [];
  if (touched.length === 0) return { rows, raising, matched };
  const locked = await lockMatched(
    trx,
    touched.map(({ past }) => past.seq),
  );
  for (const { past, runs, triggers } of touched) {
    const before = locked.get(past.event.id) ?? [];
    const added: MatchedRule[] = runs
      .filter(({ id }) => made.has(id))
      .map(({ rule, action, id }) => ({ rule, action, run: id }));
    for (const one of triggers.filter((trigger) => isRaised(trigger, mode))) {
      const isKnown = before.some(({ rule, trigger }) => rule === one.rule && trigger === one.trigger);
      if (isKnown && !mode.redrive) continue;
      if (!isKnown) added.push({ rule: one.rule, trigger: one.trigger });
      rows.push(toTriggerRow(past, one, nowAt));
      const { deliveryId } = past;
      if (deliveryId !== null && !isKnown) raising.push({ deliveryId, open: 0, dead: 0, effected: 1 });
    }
    matched.push({ seq: past.seq, matched: [...before, ...added] });
  }
  return { rows, raising, matched };
}

/** A trigger is raised now, whenever its cause came: it goes with the partition of this week. */
function toTriggerRow(past: EventDifference['past'], { rule, trigger }: TriggerDifference, nowAt: string): NewEvent {
  const event = { ...toTriggerEvent(toReplayed(past.event), rule, trigger), receivedAt: nowAt };
  return {
    ...toEventFields(event),
    id: event.id,
    receivedAt: nowAt,
    deliveryId: past.deliveryId,
    subject: event.subject ?? null,
    number: event.number ?? null,
    event: JSON.stringify(event),
    matched: null,
  };
}

async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === MOST_TRIES || !isConflict(error)) throw error;
    }
  }
}
