import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/**
 * The books. Every number an inbox answered 200 is in exactly one class:
 *
 *   received = effected + filtered + duplicate + dead + pending
 *
 * The drain counts each delivery in the transaction that stores it; one that has runs stays pending until the last of them is over, and is
 * then moved by the transaction that ends the run. Pending is these and what was answered and not drained. The books balance when the
 * classes add up to what was answered: a missing number is a loss.
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

export interface Books {
  readonly inboxes: readonly InboxBooks[];
  readonly total: BookEntry;
  /** Nothing is pending, so the numbers are final; while something is, other hubs may know of more. */
  readonly exact: boolean;
}

/** An inbox of this process, which knows better than its last report how far it has answered. */
export interface LiveInbox {
  readonly id: string;
  readonly answeredThrough: number;
}

/** Reads the books of all inboxes. */
export async function readBooks(db: Kysely<Database>, live: readonly LiveInbox[] = []): Promise<Books> {
  const rows = await db.selectFrom('inboxes').selectAll().orderBy('id').execute();
  const inboxes = rows.map((row): InboxBooks => {
    const own = live.find(({ id }) => id === row.id)?.answeredThrough ?? 0;
    const answeredThrough = Math.max(row.answered_through, row.drained_through, own);
    const classes = {
      effected: row.effected,
      filtered: row.filtered,
      duplicate: row.duplicate,
      dead: row.dead,
      pending: answeredThrough - row.drained_through + row.open,
    };
    const received = answeredThrough - row.starts_after;
    return {
      inboxId: row.id,
      host: row.host,
      seenAt: row.seen_at,
      received,
      ...classes,
      balanced: isSum(received, classes),
    };
  });
  const unknown = live.filter(({ id, answeredThrough }) => answeredThrough > 0 && !rows.some((row) => row.id === id));
  const total = addUp(inboxes);
  return { inboxes, total, exact: total.pending === 0 && unknown.length === 0 };
}

function addUp(inboxes: readonly InboxBooks[]): BookEntry {
  const sum = (field: 'received' | 'effected' | 'filtered' | 'duplicate' | 'dead' | 'pending') =>
    inboxes.reduce((total, inbox) => total + inbox[field], 0);
  return {
    received: sum('received'),
    effected: sum('effected'),
    filtered: sum('filtered'),
    duplicate: sum('duplicate'),
    dead: sum('dead'),
    pending: sum('pending'),
    balanced: inboxes.every(({ balanced }) => balanced),
  };
}

function isSum(received: number, classes: Record<string, number>): boolean {
  return Object.values(classes).reduce((total, value) => total + value, 0) === received;
}
