import type { ColumnType } from 'kysely';

/** Types of columns that several tables share. */

export type Timestamp = ColumnType<Date, Date | string, Date | string>;
/** A 64-bit number that stays below 2^53; the pool parses it to a JavaScript number. */
export type BigInteger = ColumnType<number, number, number>;
export type Json<T> = ColumnType<T, string, string>;
