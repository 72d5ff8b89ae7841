import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { forEachDatabase, silentLog } from '../../test/databases.ts';
import { startPostgres } from '../../test/postgres-server.ts';
import { ensureMigrated, requireServerVersion } from './migrate.ts';
import { type Migration, MIGRATIONS } from './migrations/index.ts';
import { openStore } from './open-store.ts';

const NEXT = MIGRATIONS.length + 1;

function createMigration(number: number, minimumReader: number): Migration {
  return {
    number,
    name: `extra-${number}`,
    minimumReader,
    up: async (db) => {
      await sql`create table ${sql.table(`extra_${number}`)} (id integer primary key)`.execute(db);
    },
  };
}

forEachDatabase('ensureMigrated', ({ kind, withStore }) => {
  it(`does nothing on a database that is up to date (${kind})`, async () => {
    await withStore(async (store) => {
      await ensureMigrated(store);
      const { rows } = await sql<{ number: number }>`select number from fettle_migrations order by number`.execute(
        store.db,
      );
      assert.deepEqual(
        rows.map(({ number }) => number),
        MIGRATIONS.map(({ number }) => number),
      );
    });
  });

  it(`applies only what is new, and nothing of a step that fails (${kind})`, async () => {
    await withStore(async (store) => {
      const broken: Migration = {
        ...createMigration(NEXT, 1),
        up: async (db) => {
          await createMigration(NEXT, 1).up(db);
          throw new Error('half way');
        },
      };
      await assert.rejects(ensureMigrated(store, [...MIGRATIONS, broken]), /half way/);
      await ensureMigrated(store, [...MIGRATIONS, createMigration(NEXT, 1)]);
      const { rows } = await sql`select to_regclass(${`extra_${NEXT}`})::text as name`.execute(store.db);
      assert.deepEqual(rows, [{ name: `extra_${NEXT}` }]);
    });
  });

  it(`works beside a newer schema that only expanded, and refuses one that contracted (${kind})`, async () => {
    await withStore(async (store) => {
      const expanded = [...MIGRATIONS, createMigration(NEXT, NEXT - 1)];
      await ensureMigrated(store, expanded);
      await ensureMigrated(store);
      await ensureMigrated(store, [...expanded, createMigration(NEXT + 1, NEXT + 1)]);
      await assert.rejects(ensureMigrated(store), { code: 'schema_too_new' });
    });
  });

  it(`makes exactly the columns that the schema declares (${kind})`, async () => {
    await withStore(async (store) => {
      const { rows } = await sql<{ table: string; column: string; nullable: boolean }>`
        select table_name as table, column_name as column, is_nullable = 'YES' as nullable
        from information_schema.columns
        where table_schema = current_schema() and table_name <> 'fettle_migrations' and table_name !~ '_\\d{8}$'
      `.execute(store.db);
      const actual = rows.map((row) => `${row.table}.${row.column}${row.nullable ? ' | null' : ''}`);
      assert.deepEqual(actual.toSorted(), readDeclaredColumns().toSorted());
    });
  });

  it(`refuses a server older than the minimum (${kind})`, async () => {
    await withStore(async (store) => {
      const db = store.db as Kysely<unknown>;
      await requireServerVersion(db, 15);
      await assert.rejects(requireServerVersion(db, 99), { code: 'database_unsupported' });
    });
  });
});

describe('ensureMigrated in several processes', () => {
  it('gives one result when ten start at once on an empty database', async (t) => {
    const server = await startPostgres();
    t.after(() => server.close());
    const databaseUrl = await server.createDatabase();
    const stores = await Promise.all(
      Array.from({ length: 10 }, () => openStore({ dataDir: '', databaseUrl, maxConnections: 1, log: silentLog })),
    );
    await Promise.all(stores.map((store) => ensureMigrated(store)));
    const [store] = stores;
    assert.ok(store);
    const { rows } = await sql`select count(*) as count from fettle_migrations`.execute(store.db);
    assert.deepEqual(rows, [{ count: MIGRATIONS.length }]);
    const sequencers = await store.db.selectFrom('sequencer').selectAll().execute();
    assert.deepEqual(sequencers, [{ id: true, value: 0, pruned_through: 0 }]);
    await Promise.all(stores.map((each) => each.close()));
  });
});

/**
 * `table.column`, with ` | null` where it may be, read from the text of the files: the types are gone when tests run, and a
 * second list would only repeat them.
 */
function readDeclaredColumns(): string[] {
  const text = ['./schema.ts', './run-tables.ts', './task-tables.ts']
    .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .join('');
  const interfaces = new Map(
    [...text.matchAll(/export interface (\w+) \{\n(.*?)\n\}/gs)].map(([, name, body]) => [name, body ?? '']),
  );
  const properties = (name: string) =>
    [...(interfaces.get(name) ?? '').matchAll(/^ {2}(\w+): ([^;]+);$/gm)].map(([, key, type]) => ({ key, type }));
  return properties('Database').flatMap((table) =>
    properties(table.type ?? '').map(
      (column) => `${table.key}.${column.key}${/\| null\b/.test(column.type ?? '') ? ' | null' : ''}`,
    ),
  );
}
