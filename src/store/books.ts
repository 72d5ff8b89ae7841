import type { Kysely } from 'kysely';
import type { Database, ForgeBooks, Inbox } from './schema.ts';

/**
 * The books. Every number an inbox answered 200 is in exactly one class:
 *
 *   received = effected + filtered + duplicate + dead + pending
 *
 * The drain counts each delivery in the transaction that stores it; one that has runs stays pending until the last of them is over, and is
 * then moved by the transaction that ends the run. Pending is these and what was answered and not drained. The books balance when the
 * classes add up to what was answered: a missing number is a loss.
 *
 * The books of the forges are moved by the same transactions. They know nothing of what was not drained yet, so
 *
 *   total = forges + undrained
 *
 * `check-books.ts` compares all of this.
 */

export interface BookEntry {
  readonly received: number;
  readonly effected: number;
  readonly filtered: number;
  readonly duplicate: number;
  readonly dead: number;
  readonly pending: number;
  /** Whether the classes add up. */
  readonly balanced: boolean;
}

export interface InboxBooks extends BookEntry {
  readonly inboxId: string;
  readonly host: string;
  readonly seenAt: Date;
}

/** The drained deliveries of a forge. */
export interface ForgeEntry extends BookEntry {
  /** Null for deliveries that were drained before there were books of forges. */
  readonly forge: string | null;
}

export interface Books {
  readonly inboxes: readonly InboxBooks[];
  /** By name; null comes last. */
  readonly forges: readonly ForgeEntry[];
  readonly total: BookEntry;
  /** Answered and not drained yet: pending, and in the books of no forge. */
  readonly undrained: number;
  /** Nothing is pending, so the numbers are final; while something is, other hubs may know of more. */
  readonly exact: boolean;
}

/** An inbox of this process, which knows better than its last report how far it has answered. */
export interface LiveInbox {
  readonly id: string;
  readonly answeredThrough: number;
}

/** The rows that the books consist of. */
export interface BookRows {
  readonly inboxes: readonly Inbox[];
  readonly forges: readonly ForgeBooks[];
}

/** Reads the books of all inboxes and forges. */
export async function readBooks(db: Kysely<Database>, live: readonly LiveInbox[] = []): Promise<Books> {
  return toBooks(await readBookRows(db), live);
}

export async function readBookRows(db: Kysely<Database>): Promise<BookRows> {
  return {
    inboxes: await db.selectFrom('inboxes').selectAll().orderBy('id').execute(),
    forges: await db.selectFrom('forge_books').selectAll().orderBy('forge').orderBy('inbox_id').execute(),
  };
}

export function toBooks(rows: BookRows, live: readonly LiveInbox[]): Books {
  const inboxes = rows.inboxes.map((row): InboxBooks => {
    const own = live.find(({ id }) => id === row.id)?.answeredThrough ?? 0;
    const answeredThrough = Math.max(row.answered_through, row.drained_through, own);
    const classes = { ...toClasses(row), pending: answeredThrough - row.drained_through + row.open };
    const received = answeredThrough - row.starts_after;
    return { inboxId: row.id, host: row.host, seenAt: row.seen_at, ...toEntry(received, classes) };
  });
  const unknown = live.filter(
    ({ id, answeredThrough }) => answeredThrough > 0 && !rows.inboxes.some((row) => row.id === id),
  );
  const total = addUp(inboxes);
  const open = rows.inboxes.reduce((sum, row) => sum + row.open, 0);
  return {
    inboxes,
    forges: toForges(rows),
    total,
    undrained: total.pending - open,
    exact: total.pending === 0 && unknown.length === 0,
  };
}

function toForges({ inboxes, forges }: BookRows): ForgeEntry[] {
  const named = [...new Set(forges.map(({ forge }) => forge))].map((forge) => ({
    forge,
    ...addUp(forges.filter((row) => row.forge === forge).map(toForgeEntry)),
  }));
  if (inboxes.every((row) => toUncounted(row) === 0)) return named;
  const drained = addUp(inboxes.map((row) => toEntry(toDrained(row), { ...toClasses(row), pending: row.open })));
  const known = addUp(named);
  const rest = (field: Count) => drained[field] - known[field];
  const classes = {
    effected: rest('effected'),
    filtered: rest('filtered'),
    duplicate: rest('duplicate'),
    dead: rest('dead'),
    pending: rest('pending'),
  };
  return [...named, { forge: null, ...toEntry(rest('received'), classes) }];
}

function toForgeEntry(row: ForgeBooks): BookEntry {
  return toEntry(row.received, { ...toClasses(row), pending: row.open });
}

/** Deliveries that are stored. */
export function toDrained(inbox: Inbox): number {
  return inbox.drained_through - inbox.starts_after;
}

/** Deliveries that are in the books of no forge. */
export function toUncounted(inbox: Inbox): number {
  return toDrained(inbox) - inbox.counted;
}

function toClasses({ effected, filtered, duplicate, dead }: Inbox | ForgeBooks) {
  return { effected, filtered, duplicate, dead };
}

type Count = Exclude<keyof BookEntry, 'balanced'>;

function toEntry(received: number, classes: Readonly<Record<Exclude<Count, 'received'>, number>>): BookEntry {
  const { effected, filtered, duplicate, dead, pending } = classes;
  const balanced = effected + filtered + duplicate + dead + pending === received;
  return { received, effected, filtered, duplicate, dead, pending, balanced };
}

function addUp(entries: readonly BookEntry[]): BookEntry {
  const sum = (field: Count) => entries.reduce((total, entry) => total + entry[field], 0);
  return {
    received: sum('received'),
    effected: sum('effected'),
    filtered: sum('filtered'),
    duplicate: sum('duplicate'),
    dead: sum('dead'),
    pending: sum('pending'),
    balanced: entries.every(({ balanced }) => balanced),
  };
}
