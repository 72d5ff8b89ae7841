import { type Kysely, sql } from 'kysely';
import type { Database } from './schema.ts';
import { transact } from './transact.ts';

/**
 * Breakers: destinations and credentials that are left alone. A row exists while one is open.
 *
 *   destination   opened after failures in a row, rests until a time, then one run probes: success closes it, failure opens it for longer
 *   credential    opened by 401, or by 403 for one target of it; closed when the credential changes or a person says so
 */
export interface Breaker {
  /** `destination:<name>`, `credential:<name>` or `credential:<name>@<target>`. */
  readonly scope: string;
  readonly kind: 'destination' | 'credential';
  readonly openedAt: Date;
  /** When one run may probe; null for a credential. */
  readonly until: Date | null;
  readonly failures: number;
  readonly code: string;
  readonly reason: string;
}

/** All open breakers, oldest first. */
export async function listBreakers(db: Kysely<Database>): Promise<Breaker[]> {
  const rows = await db.selectFrom('breakers').selectAll().orderBy('opened_at').orderBy('scope').execute();
  return rows.map(({ opened_at: openedAt, fingerprint: _fingerprint, ...row }) => ({ ...row, openedAt }));
}

/** Opens a breaker, or opens it for longer. */
export async function openBreaker(
  db: Kysely<Database>,
  breaker: Omit<Breaker, 'openedAt'> & {
    readonly openedAt: string;
    readonly untilAt: string | null;
    readonly fingerprint: Buffer | null;
  },
): Promise<void> {
  const { scope, kind, openedAt, untilAt, failures, fingerprint, code, reason } = breaker;
  await db
    .insertInto('breakers')
    .values({ scope, kind, opened_at: openedAt, until: untilAt, failures, fingerprint, code, reason })
    .onConflict((conflict) =>
      conflict.column('scope').doUpdateSet({ until: untilAt, failures, fingerprint, code, reason }),
    )
    .execute();
}

/** Closes a breaker and lets what waited for it go on. False when it was not open. */
export async function closeBreaker(db: Kysely<Database>, scope: string, nowAt: string): Promise<boolean> {
  return await transact(db, async (trx) => {
    const deleted = await trx.deleteFrom('breakers').where('scope', '=', scope).returning('scope').execute();
    if (deleted.length === 0) return false;
    await sql`
      update runs set state = 'queued', next_at = ${nowAt}::timestamptz, reason = null, code = null
      where state = 'waiting' and next_at is null and code in ('credential_refused', 'access_refused')
        and ${scope} in ('credential:' || credential, 'credential:' || credential || '@' || coalesce(order_key, destination))`.execute(
      trx,
    );
    return true;
  });
}

/** Credential breakers with what was refused, to see whether it changed. */
export async function listRefusedCredentials(
  db: Kysely<Database>,
): Promise<{ readonly scope: string; readonly fingerprint: Buffer | null }[]> {
  return await db.selectFrom('breakers').select(['scope', 'fingerprint']).where('kind', '=', 'credential').execute();
}

/**
 * Lets the runs behind open breakers out of the way of others: those of a destination are not looked at before it may be probed, those of
 * a credential wait for it.
 */
export async function parkHeldRuns(db: Kysely<Database>, nowAt: string): Promise<void> {
  await sql`
    update runs set next_at = breakers.until from breakers
    where breakers.kind = 'destination' and breakers.scope = 'destination:' || runs.destination
      and runs.state in ('queued', 'failed', 'waiting') and runs.next_at <= ${nowAt}::timestamptz and breakers.until > ${nowAt}::timestamptz`.execute(
    db,
  );
  await sql`
    update runs set state = 'waiting', next_at = null, code = breakers.code, reason = breakers.reason from breakers
    where breakers.kind = 'credential' and runs.credential is not null
      and breakers.scope in ('credential:' || runs.credential, 'credential:' || runs.credential || '@' || coalesce(runs.order_key, runs.destination))
      and runs.state in ('queued', 'failed', 'waiting') and runs.next_at <= ${nowAt}::timestamptz`.execute(db);
}
