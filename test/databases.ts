import { createHash } from 'node:crypto';
import { constants, cpSync, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { lockDataDir } from '../src/store/data-dir-lock.ts';
import { ensureMigrated } from '../src/store/migrate.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

export const silentLog = pino({ level: 'silent' });

export type StoreKind = Store['kind'];

/** A database kind, for tests that run on each. */
export interface DatabaseContext {
  readonly kind: StoreKind;
  /** Lends a migrated store that nobody else uses; its data directory and, on PostgreSQL, its URL come along. */
  readonly withStore: <R>(run: (store: Store, place: StorePlace) => Promise<R>) => Promise<R>;
  /** Where a migrated database is, not opened yet, for tests that open, kill and reopen. Removed after the tests. */
  readonly createPlace: () => Promise<StorePlace>;
}

/** What `openStore` needs to find a database. */
export interface StorePlace {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
}

/** Registers the same tests for the embedded database and for PostgreSQL. Call it once per file and nest in it. */
export function forEachDatabase(name: string, register: (context: DatabaseContext) => void): void {
  for (const kind of ['embedded', 'postgres'] as const) {
    describe(`${name} (${kind})`, () => {
      register(createDatabaseContext(kind));
    });
  }
}

/** The databases of one kind, for a file that needs one kind only. Call it inside `describe`: it cleans up after it. */
export function createDatabaseContext(kind: StoreKind): DatabaseContext {
  const directories: string[] = [];
  let server: Promise<PostgresServer> | undefined;
  after(async () => {
    if (server !== undefined) await (await server).close();
    for (const directory of directories) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  async function createPlace(): Promise<StorePlace> {
    const dataDir = await mkdtemp(join(tmpdir(), 'fettle-data-'));
    directories.push(dataDir);
    if (kind === 'embedded') {
      await fillWithTemplate(dataDir);
      return { dataDir, databaseUrl: null };
    }
    server ??= startPostgres();
    const { createDatabase, ensureTemplate } = await server;
    const template = await ensureTemplate('migrated', (url) => migrate({ dataDir, databaseUrl: url }));
    return { dataDir, databaseUrl: await createDatabase(template) };
  }

  return {
    kind,
    createPlace,
    withStore: async (run) => {
      const place = await createPlace();
      return await withStoreAt(place, (store) => run(store, place));
    },
  };
}

/** Puts a migrated embedded database into an empty data directory, which is much quicker than making one. */
export async function fillWithTemplate(dataDir: string): Promise<void> {
  // The synchronous copy is several times as fast for many small files.
  cpSync(await ensureTemplateDir(), dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Lends the store at a place, under the lock of its data directory. */
export async function withStoreAt<R>(place: StorePlace, run: (store: Store) => Promise<R>): Promise<R> {
  const lock = await lockDataDir(place.dataDir);
  try {
    const store = await openStore({ ...place, maxConnections: 5, log: silentLog });
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

async function migrate(place: StorePlace): Promise<void> {
  await withStoreAt(place, ensureMigrated);
}

/** A data directory with a migrated embedded database, made once per version of the code that makes it. */
async function ensureTemplateDir(): Promise<string> {
  const { uid } = userInfo();
  const template = join(tmpdir(), `fettle-template-${hashMakers()}-${uid}`);
  if (existsSync(template)) {
    if (lstatSync(template).uid !== uid) throw new Error(`${template} belongs to another user; remove it`);
    return template;
  }
  const building = await mkdtemp(`${template}-new-`);
  await migrate({ dataDir: building, databaseUrl: null });
  try {
    await rename(building, template);
  } catch (error) {
    // Another test process was quicker.
    if (!existsSync(template)) throw error;
    await rm(building, { recursive: true });
  }
  return template;
}

function hashMakers(): string {
  const hash = createHash('sha256').update(process.versions.node);
  for (const folder of ['../src/store/migrations/', '../src/store/embedded/']) {
    const url = new URL(folder, import.meta.url);
    for (const name of readdirSync(url).toSorted()) {
      if (!name.endsWith('.test.ts')) hash.update(name).update(readFileSync(new URL(name, url)));
    }
  }
  const lockFile = fileURLToPath(new URL('../node_modules/@electric-sql/pglite/package.json', import.meta.url));
  return hash.update(readFileSync(lockFile)).digest('hex').slice(0, 16);
}
