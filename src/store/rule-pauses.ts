import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** A rule that was paused for one place because it caused itself. */
export interface RulePause {
  readonly rule: string;
  readonly scope: string;
  readonly pausedAt: Date;
  readonly reason: string;
}

/** All pauses, oldest first. */
export async function listRulePauses(db: Kysely<Database>): Promise<RulePause[]> {
  const rows = await db.selectFrom('rule_pauses').selectAll().orderBy('paused_at').orderBy('rule').execute();
  return rows.map(({ paused_at: pausedAt, ...row }) => ({ ...row, pausedAt }));
}

export async function insertRulePause(
  db: Kysely<Database>,
  pause: { readonly rule: string; readonly scope: string; readonly reason: string; readonly pausedAt: string },
): Promise<void> {
  const { pausedAt, ...row } = pause;
  await db
    .insertInto('rule_pauses')
    .values({ ...row, paused_at: pausedAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Lets a rule go on everywhere. @returns how many pauses ended. */
export async function deleteRulePauses(db: Kysely<Database>, rule: string): Promise<number> {
  const rows = await db.deleteFrom('rule_pauses').where('rule', '=', rule).returning('rule').execute();
  return rows.length;
}
