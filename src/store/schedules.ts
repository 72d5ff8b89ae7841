import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './schema.ts';

/** When a rule with a schedule is next due. */
export interface ScheduleRow {
  readonly rule: string;
  /** The schedule that `nextAt` follows from, with its time zone. */
  readonly cron: string;
  readonly nextAt: Date;
}

/** Notes schedules; one that is known and unchanged keeps its time, so that no start or reload skips or repeats it. */
export async function ensureSchedules(db: Kysely<Database>, rows: readonly ScheduleRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto('schedules')
    .values(rows.map(({ rule, cron, nextAt }) => ({ rule, cron, next_at: nextAt })))
    .onConflict((conflict) =>
      conflict
        .column('rule')
        .doUpdateSet((row) => ({ cron: row.ref('excluded.cron'), next_at: row.ref('excluded.next_at') }))
        .whereRef('schedules.cron', '<>', sql.ref('excluded.cron')),
    )
    .execute();
}

/** The schedules of these rules, soonest first. */
export async function listSchedules(db: Kysely<Database>, rules: readonly string[]): Promise<ScheduleRow[]> {
  if (rules.length === 0) return [];
  const rows = await db.selectFrom('schedules').selectAll().where('rule', 'in', rules).orderBy('next_at').execute();
  return rows.map(({ rule, cron, next_at: nextAt }) => ({ rule, cron, nextAt }));
}

/** Takes a schedule that is due and sets its next time. False when another process took it. */
export async function takeSchedule(
  trx: Transaction<Database>,
  { rule, nextAt }: ScheduleRow,
  followingAt: Date,
): Promise<boolean> {
  const { rows } = await sql<{ rule: string }>`
    update schedules set next_at = ${followingAt}, last_at = ${nextAt}
    where rule = ${rule} and next_at = ${nextAt}
    returning rule`.execute(trx);
  return rows.length === 1;
}
