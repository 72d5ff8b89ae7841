import type { Kysely } from 'kysely';
import type { Database } from './schema.ts';

/** A repository we have heard of, and when last. */
export interface KnownRepository {
  readonly forge: string;
  readonly fullName: string;
  readonly lastEventAt: Date;
  readonly lastEventType: string;
  readonly events: number;
}

/** All repositories we have heard of, by forge and name. */
export async function listRepositories(db: Kysely<Database>): Promise<KnownRepository[]> {
  const rows = await db.selectFrom('repositories').selectAll().orderBy('forge').orderBy('full_name').execute();
  return rows.map((row) => ({
    forge: row.forge,
    fullName: row.full_name,
    lastEventAt: row.last_event_at,
    lastEventType: row.last_event_type,
    events: row.events,
  }));
}
