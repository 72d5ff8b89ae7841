import type { Kysely, Selectable } from 'kysely';
import type { Role, Scopes } from '../core/access.ts';
import type { Database, TokensTable } from './schema.ts';

/** Bearer tokens. The text of a token is never here: rows are found by its SHA-256. */

/** A token without what it is known by. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: Scopes;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface NewToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly scopes: Scopes;
  readonly hash: Buffer;
  readonly createdAt: Date;
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
}

const COLUMNS = [
  'id',
  'name',
  'role',
  'scopes',
  'created_at',
  'created_by',
  'last_used_at',
  'expires_at',
  'revoked_at',
] as const;

type TokenRow = Pick<Selectable<TokensTable>, (typeof COLUMNS)[number]>;

/** All tokens, newest first; revoked and expired ones too. */
export async function listTokens(db: Kysely<Database>): Promise<Token[]> {
  const rows = await db
    .selectFrom('tokens')
    .select(COLUMNS)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toToken);
}

/** The token with this SHA-256, whatever its state. */
export async function findTokenByHash(db: Kysely<Database>, hash: Buffer): Promise<Token | undefined> {
  const row = await db.selectFrom('tokens').select(COLUMNS).where('hash', '=', hash).executeTakeFirst();
  return row === undefined ? undefined : toToken(row);
}

export async function insertToken(db: Kysely<Database>, token: NewToken): Promise<Token> {
  const row = await db
    .insertInto('tokens')
    .values({
      id: token.id,
      name: token.name,
      role: token.role,
      scopes: JSON.stringify(token.scopes),
      hash: token.hash,
      created_at: token.createdAt,
      created_by: token.createdBy,
      last_used_at: null,
      expires_at: token.expiresAt,
      revoked_at: null,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return toToken(row);
}

/** Revokes a token from `at` on and returns it; an earlier revocation stays. Undefined when there is no such token. */
export async function revokeToken(db: Kysely<Database>, id: string, at: Date): Promise<Token | undefined> {
  const row = await db
    .updateTable('tokens')
    .set((update) => ({ revoked_at: update.fn.coalesce('revoked_at', update.val(at)) }))
    .where('id', '=', id)
    .returning(COLUMNS)
    .executeTakeFirst();
  return row === undefined ? undefined : toToken(row);
}

/** Notes that a token was used. */
export async function markTokenUsed(db: Kysely<Database>, id: string, at: Date): Promise<void> {
  await db.updateTable('tokens').set({ last_used_at: at }).where('id', '=', id).execute();
}

function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    // Written by `insertToken` only, from a checked role and checked scopes.
    role: row.role as Role,
    scopes: row.scopes as Scopes,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
