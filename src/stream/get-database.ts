import type { Kysely } from 'kysely';
import type { Database } from '../store/schema.ts';

/** The open database, asked for at each use: the hub serves before its store is open. Throws while there is none. */
export type GetDatabase = () => Kysely<Database>;
