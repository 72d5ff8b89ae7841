import type { Kysely } from 'kysely';
import { up as foundation } from './0001-foundation.ts';
import { up as runs } from './0002-runs.ts';
import { up as hooks } from './0003-hooks.ts';
import { up as tasks } from './0004-tasks.ts';

/** One step of the schema. Steps are never edited after a release; a correction is another step. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  /**
   * The oldest code, named by the number of its own last migration, that still works on a database with this one. Expand
   * (add a column or table) keeps the number of the step before; contract (drop what the old code used) names itself.
   */
  readonly minimumReader: number;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
}

/** In order, numbered without gaps. To add one: a file beside this, a line here, the tables in `schema.ts`. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'foundation', minimumReader: 1, up: foundation },
  { number: 2, name: 'runs', minimumReader: 2, up: runs },
  { number: 3, name: 'hooks', minimumReader: 2, up: hooks },
  { number: 4, name: 'tasks', minimumReader: 2, up: tasks },
];
