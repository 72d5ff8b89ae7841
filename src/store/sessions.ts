import type { Kysely } from 'kysely';
import type { Role, Scopes } from '../core/access.ts';
import type { Database } from './schema.ts';

/** Browser sessions and the single-use codes that begin them. Only SHA-256 hashes of both are kept. */

export interface Session {
  readonly name: string;
  readonly role: Role;
  readonly scopes: Scopes;
  readonly expiresAt: Date;
}

export async function insertSession(
  db: Kysely<Database>,
  session: Session & { readonly hash: Buffer; readonly createdAt: Date },
): Promise<void> {
  await db
    .insertInto('sessions')
    .values({
      hash: session.hash,
      name: session.name,
      role: session.role,
      scopes: JSON.stringify(session.scopes),
      created_at: session.createdAt,
      expires_at: session.expiresAt,
    })
    .execute();
}

/** The session with this SHA-256, if it has not ended at `now`. */
export async function findSessionByHash(db: Kysely<Database>, hash: Buffer, now: Date): Promise<Session | undefined> {
  const row = await db
    .selectFrom('sessions')
    .select(['name', 'role', 'scopes', 'expires_at'])
    .where('hash', '=', hash)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { name: row.name, role: row.role as Role, scopes: row.scopes as Scopes, expiresAt: row.expires_at };
}

export async function deleteSession(db: Kysely<Database>, hash: Buffer): Promise<void> {
  await db.deleteFrom('sessions').where('hash', '=', hash).execute();
}

export async function insertSignInCode(
  db: Kysely<Database>,
  code: { readonly hash: Buffer; readonly role: Role; readonly createdAt: Date; readonly expiresAt: Date },
): Promise<void> {
  await db
    .insertInto('sign_in_codes')
    .values({
      hash: code.hash,
      role: code.role,
      created_at: code.createdAt,
      expires_at: code.expiresAt,
      used_at: null,
    })
    .execute();
}

/**
 * Uses up a sign-in code and returns its role; undefined when it is unknown, used or over. One statement decides, so of two
 * callers at the same time one wins.
 */
export async function redeemSignInCode(db: Kysely<Database>, hash: Buffer, now: Date): Promise<Role | undefined> {
  const row = await db
    .updateTable('sign_in_codes')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('role')
    .executeTakeFirst();
  return row?.role as Role | undefined;
}
