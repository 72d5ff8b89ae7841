import { createHash } from 'node:crypto';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { createId } from '../core/id.ts';
import { PREPARED } from './prepared.ts';
import type { DigestsTable } from './run-tables.ts';
import type { Database } from './schema.ts';

/**
 * Digests: one message that stands for all runs of a scope (a rule, a destination, what is grouped) within a window. Nothing is lost and
 * nothing is shown twice, whatever crashes and however many processes work on the same scope:
 *
 *   1. Join. In one transaction a run finds the open digest of its scope, or opens one, and adds its entry: it takes the next number,
 *      and what it has to say is added to `state`. A run joins once; when it comes again it finds its entry.
 *   2. Look. An entry whose number is at most `shown_through` is shown already: somebody else's sending took it along. Before
 *      `next_edit_at` nobody sends; the run comes back then, and the first of those that do sends for all.
 *   3. Begin. One statement writes down the next revision: its number, the last entry it shows, and what it says. Only then is it sent,
 *      under a key made of digest and revision, by which the other side recognises a repetition.
 *   4. Mark. Once sent, its entries are shown.
 *
 * A crash between 3 and 4, or a failed sending, leaves `revision_through > shown_through`. Whoever begins next gets that same
 * revision again: same key, same words. Entries that joined meanwhile come with the revision after it.
 *
 * The window runs from the first sending, so that two new messages are never closer than a window; until something was sent, it runs
 * from the opening. An entry that joined in time is shown even when the window has closed meanwhile.
 */
export interface DigestEntry {
  readonly digestId: string;
  readonly scope: string;
  /** Place in the digest, from 1. */
  readonly number: number;
  /** The last entry that is shown. */
  readonly shownThrough: number;
  /** Before this, nothing is to be sent. */
  readonly nextEditAtMs: number;
  /** What the other side calls the message; null before it was sent. */
  readonly message: string | null;
}

/** A sending that was begun. */
export interface DigestRevision<S> {
  readonly digestId: string;
  /** From 1; digest and revision make the key of the sending. */
  readonly revision: number;
  /** The last entry it shows. */
  readonly through: number;
  /** What it has to say. */
  readonly state: S;
  /** The message to edit; null when there is none yet. */
  readonly message: string | null;
}

/** The name of a scope, of whatever length its parts are. */
export function toDigestScope(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * Adds a run to the open digest of its scope; opens one when there is none.
 * @param add what the digest has to say with this run; null stands for nothing yet. Called within the transaction, perhaps more than
 *   once: pure. Its result is stored as JSON and must stay small however many runs join.
 */
export async function joinDigest<S>(
  db: Kysely<Database>,
  run: { readonly runId: string; readonly scope: string; readonly windowMs: number; readonly nowMs: number },
  add: (state: S | null) => S,
): Promise<DigestEntry> {
  const known = await findDigestEntry(db, run.runId);
  if (known !== undefined) return known;
  return await db.transaction().execute(async (trx) => {
    const digest = await takeOpenDigest(trx, run);
    const number = digest.entries + 1;
    const entry = await trx
      .insertInto('digest_entries')
      .values({ digest_id: digest.id, number, run_id: run.runId })
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .returning('number')
      .executeTakeFirst();
    // Another process, which took this run for abandoned, was quicker.
    if (entry === undefined) return await getDigestEntry(trx, run.runId);
    const state = JSON.stringify(add(JSON.parse(digest.state) as S | null));
    await trx.updateTable('digests').set({ entries: number, state }).where('id', '=', digest.id).execute();
    return toEntry(digest, number);
  });
}

/** The entry of a run, with its digest as it is now. */
export async function findDigestEntry(db: Kysely<Database>, runId: string): Promise<DigestEntry | undefined> {
  const row = await db
    .selectFrom('digest_entries')
    .innerJoin('digests', 'digests.id', 'digest_entries.digest_id')
    .select(['digests.id', 'scope', 'number', 'shown_through', 'next_edit_at', 'message'])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row === undefined ? undefined : toEntry(row, row.number);
}

/**
 * Writes down the next sending of a digest, or finds the one that was begun and never marked.
 * @param options.restart the following revision says only what came after this one: for messages that cannot be edited.
 * @returns undefined when every entry is shown.
 */
export async function beginRevision<S>(
  db: Kysely<Database>,
  digestId: string,
  options: { readonly restart?: boolean } = {},
): Promise<DigestRevision<S> | undefined> {
  // All on the right is as it was before the statement.
  const isBegun = sql<boolean>`revision_through > shown_through`;
  const nextState = options.restart === true ? sql`'null'::json` : sql`state`;
  const { rows } = await sql<Selectable<DigestsTable>>`${PREPARED}
    update digests set
      revision = case when ${isBegun} then revision else revision + 1 end,
      revision_through = case when ${isBegun} then revision_through else entries end,
      revision_state = case when ${isBegun} then revision_state else state end,
      state = case when ${isBegun} then state else ${nextState} end
    where id = ${digestId} and entries > shown_through
    returning *`.execute(db);
  const [digest] = rows;
  if (digest === undefined) return undefined;
  return {
    digestId,
    revision: digest.revision,
    through: digest.revision_through,
    state: JSON.parse(digest.revision_state) as S,
    message: digest.message,
  };
}

/**
 * Records that a revision was sent. May be called more than once.
 * @param sent.message what the other side calls the message; the first one stays.
 * @param sent.nextEditAtMs when the next revision may be sent.
 * @param sent.closesAtMs when the window is over; counts for the first sending only.
 */
export async function markShown(
  db: Kysely<Database>,
  revision: Pick<DigestRevision<unknown>, 'digestId' | 'through'>,
  sent: { readonly message: string; readonly nextEditAtMs: number; readonly closesAtMs: number },
): Promise<void> {
  await sql`${PREPARED}
    update digests set
      shown_through = greatest(shown_through, ${revision.through}::integer),
      closes_at = case when message is null then greatest(closes_at, ${new Date(sent.closesAtMs)}::timestamptz) else closes_at end,
      next_edit_at = greatest(next_edit_at, ${new Date(sent.nextEditAtMs)}::timestamptz),
      message = coalesce(message, ${sent.message})
    where id = ${revision.digestId}`.execute(db);
}

/** The open digest of a scope, held until the transaction ends. */
async function takeOpenDigest(
  trx: Transaction<Database>,
  { scope, windowMs, nowMs }: { readonly scope: string; readonly windowMs: number; readonly nowMs: number },
): Promise<Selectable<DigestsTable>> {
  for (;;) {
    const latest = await trx
      .selectFrom('digests')
      .selectAll()
      .where('scope', '=', scope)
      .orderBy('ordinal', 'desc')
      .limit(1)
      .forUpdate()
      .executeTakeFirst();
    if (latest !== undefined && latest.closes_at.getTime() > nowMs) return latest;
    const opened = await trx
      .insertInto('digests')
      .values({
        id: createId(),
        scope,
        ordinal: (latest?.ordinal ?? 0) + 1,
        opened_at: new Date(nowMs),
        closes_at: new Date(nowMs + windowMs),
        message: null,
        entries: 0,
        state: 'null',
        revision: 0,
        revision_through: 0,
        revision_state: 'null',
        shown_through: 0,
        next_edit_at: new Date(nowMs),
      })
      .onConflict((conflict) => conflict.columns(['scope', 'ordinal']).doNothing())
      .returningAll()
      .executeTakeFirst();
    if (opened !== undefined) return opened;
    // Another process opened it since we looked; the next look sees it.
  }
}

async function getDigestEntry(db: Kysely<Database>, runId: string): Promise<DigestEntry> {
  const entry = await findDigestEntry(db, runId);
  if (entry === undefined) throw new Error(`Run ${runId} has joined a digest that cannot be found`);
  return entry;
}

function toEntry(
  digest: Pick<Selectable<DigestsTable>, 'id' | 'scope' | 'shown_through' | 'next_edit_at' | 'message'>,
  number: number,
): DigestEntry {
  return {
    digestId: digest.id,
    scope: digest.scope,
    number,
    shownThrough: digest.shown_through,
    nextEditAtMs: digest.next_edit_at.getTime(),
    message: digest.message,
  };
}
