import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { createDatabaseContext, silentLog, type StorePlace } from '../../../test/databases.ts';
import { isDatabaseAbsent } from '../database-errors.ts';
import { lockDataDir } from '../data-dir-lock.ts';
import type { MaintenanceSettings } from './maintenance.ts';
import { type EmbeddedStore, openEmbedded } from './open-embedded.ts';

const WRITER = fileURLToPath(new URL('../../../test/store-writer.ts', import.meta.url));

interface OpenOptions {
  readonly statementLimitMs?: number;
  readonly maintenance?: Partial<MaintenanceSettings>;
}

async function withEmbedded<R>(
  { dataDir }: Pick<StorePlace, 'dataDir'>,
  run: (store: EmbeddedStore) => Promise<R>,
  { statementLimitMs = 30_000, maintenance = {} }: OpenOptions = {},
): Promise<R> {
  const lock = await lockDataDir(dataDir);
  try {
    const store = await openEmbedded({ dataDir, log: silentLog, statementLimitMs, maintenance });
    try {
      return await run(store);
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

/** Runs until it succeeds while the database is away; other errors are thrown. */
async function untilBack<R>(run: () => Promise<R>): Promise<R> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isDatabaseAbsent(error)) throw error;
      await delay(10);
    }
  }
}

describe('the embedded store', () => {
  const { createPlace } = createDatabaseContext('embedded');
  const directories: string[] = [];
  after(async () => {
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  it('waits for the disk at every commit', async () => {
    await withEmbedded(await createPlace(), async (store) => {
      await sql`create table things (number integer)`.execute(store.db);
      const before = store.fsyncs();
      for (let number = 0; number < 50; number += 1) {
        await sql`insert into things values (${number})`.execute(store.db);
      }
      assert.ok(store.fsyncs() - before >= 50, `${store.fsyncs() - before} fsyncs for 50 commits`);
    });
  });

  it('loses nothing that it acknowledged when its process is killed a dozen times', async () => {
    const place = await createPlace();
    let acknowledged = 0;
    for (let round = 0; round < 12; round += 1) {
      const child = spawn(process.execPath, [WRITER, place.dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
      const closed = once(child, 'close');
      const enough = acknowledged + randomInt(1, 120);
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        acknowledged = Math.max(acknowledged, ...text.split('\n').slice(0, -1).map(Number));
        text = text.slice(text.lastIndexOf('\n') + 1);
        if (acknowledged >= enough) child.kill('SIGKILL');
      });
      await closed;
    }
    await withEmbedded(place, async (store) => {
      const { rows } = await sql<{ highest: number; numbers: number; halves: number }>`
        select max(number) as highest, count(distinct number) as numbers, count(*) as halves from pairs
      `.execute(store.db);
      const [found] = rows;
      assert.ok(found);
      assert.ok(found.highest >= acknowledged, `${acknowledged} was acknowledged, ${found.highest} is there`);
      assert.equal(found.numbers, found.highest);
      assert.equal(found.halves, 2 * found.numbers);
    });
  });

  it('fails what is under way when its worker is lost, and goes on with another', async () => {
    await withEmbedded(await createPlace(), async (store) => {
      await sql`create table things (number integer)`.execute(store.db);
      const transaction = store.db.transaction().execute(async (trx) => {
        await sql`insert into things values (1)`.execute(trx);
        store.replaceWorker('a test wants it');
        await sql`insert into things values (2)`.execute(trx);
      });
      await assert.rejects(transaction, isDatabaseAbsent);
      assert.equal(store.isReachable(), false);
      const { rows } = await untilBack(() => sql`select * from things`.execute(store.db));
      assert.deepEqual(rows, []);
      assert.equal(store.isReachable(), true);
      assert.equal(store.workerStarts(), 2);
    });
  });

  it('ends a statement over its limit and answers the next one', async () => {
    await withEmbedded(
      await createPlace(),
      async (store) => {
        const endless = sql`select count(*) from generate_series(1, 100000000000)`.execute(store.db);
        const waiting = untilBack(() => sql`select 1 as one`.execute(store.db));
        await assert.rejects(endless, isDatabaseAbsent);
        assert.deepEqual((await waiting).rows, [{ one: 1 }]);
      },
      { statementLimitMs: 300 },
    );
  });

  it('survives a panic: it fails the statement, retries until the disk is well, and recovers', async () => {
    const place = await createPlace();
    const wal = join(place.dataDir, 'database', 'pg_wal');
    await withEmbedded(place, async (store) => {
      await sql`create table things (text text)`.execute(store.db);
      await sql`insert into things values ('kept')`.execute(store.db);
      renameSync(wal, `${wal}.away`);
      const filling = sql`insert into things select repeat('x', 1000) from generate_series(1, 5000)`.execute(store.db);
      await assert.rejects(filling, isDatabaseAbsent);
      while (store.workerStarts() < 3) await delay(10);
      assert.equal(store.isReachable(), false);
      rmSync(wal, { recursive: true, force: true });
      renameSync(`${wal}.away`, wal);
      const { rows } = await untilBack(() => sql`select * from things`.execute(store.db));
      assert.deepEqual(rows, [{ text: 'kept' }]);
    });
  });

  it('takes an open transaction back when the connection is given up', async () => {
    await withEmbedded(await createPlace(), async (store) => {
      await sql`create table things (number integer)`.execute(store.db);
      const failing = store.db.transaction().execute(async (trx) => {
        await sql`insert into things values (1)`.execute(trx);
        await sql`select nothing`.execute(trx);
      });
      await assert.rejects(failing, { code: '42703' });
      const { rows } = await sql`select * from things`.execute(store.db);
      assert.deepEqual(rows, []);
      assert.equal(store.workerStarts(), 1);
    });
  });

  it('keeps fifty concurrent transactions apart on its one connection', async () => {
    await withEmbedded(await createPlace(), async (store) => {
      await sql`create table counter (value integer)`.execute(store.db);
      await sql`insert into counter values (0)`.execute(store.db);
      await Promise.all(
        Array.from({ length: 50 }, () =>
          store.db.transaction().execute(async (trx) => {
            const { rows } = await sql<{ value: number }>`select value from counter`.execute(trx);
            await sql`update counter set value = ${(rows[0]?.value ?? 0) + 1}`.execute(trx);
          }),
        ),
      );
      const { rows } = await sql`select value from counter`.execute(store.db);
      assert.deepEqual(rows, [{ value: 50 }]);
    });
  });

  it('carries large and binary values both ways', async () => {
    await withEmbedded(await createPlace(), async (store) => {
      const body = Buffer.alloc(2_000_000, 'SPANIC\0VPANIC\0');
      const { rows } = await sql<{ body: Buffer; text: string }>`
        select ${body}::bytea as body, ${'SPANIC VPANIC'.repeat(1_000)}::text as text
      `.execute(store.db);
      assert.ok(rows[0]?.body.equals(body));
      assert.equal(rows[0]?.text.length, 13_000);
    });
  });

  it('gives the space of its log back at a checkpoint, so the log does not grow without end', async () => {
    const place = await createPlace();
    const readWalBytes = () => {
      const directory = join(place.dataDir, 'database', 'pg_wal');
      const names = readdirSync(directory).filter((name) => /^[0-9A-F]{24}$/.test(name));
      return names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    };
    await withEmbedded(
      place,
      async (store) => {
        await sql`create table things (text text)`.execute(store.db);
        await store.maintain();
        let written = 0;
        let largest = 0;
        for (let round = 0; round < 10; round += 1) {
          await sql`insert into things select repeat(md5(n::text), 30) from generate_series(1, 8000) n`.execute(
            store.db,
          );
          written += 8_000_000;
          await store.maintain();
          largest = Math.max(largest, readWalBytes());
        }
        assert.ok(largest < 50_000_000, `${largest} bytes of log after ${written} bytes of rows`);
      },
      { maintenance: { checkpointBytes: 16_000_000, tickMs: 3_600_000 } },
    );
  });

  it('vacuums a table of which much was deleted', async () => {
    await withEmbedded(
      await createPlace(),
      async (store) => {
        await sql`create table things (number integer)`.execute(store.db);
        await sql`insert into things select generate_series(1, 5000)`.execute(store.db);
        await sql`delete from things where number > 10`.execute(store.db);
        await store.maintain();
        const { rows } = await sql`
          select vacuum_count as vacuums, n_dead_tup as dead from pg_stat_user_tables where relname = 'things'
        `.execute(store.db);
        assert.deepEqual(rows, [{ vacuums: 1, dead: 0 }]);
      },
      { maintenance: { vacuumMs: -1, tickMs: 3_600_000 } },
    );
  });

  it('refuses to open a directory that this process did not lock', async () => {
    const { dataDir } = await createPlace();
    await assert.rejects(openEmbedded({ dataDir, log: silentLog, statementLimitMs: 1_000 }), /lockDataDir/);
  });

  it('creates its database anew after a first start that was killed half way', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'fettle-first-'));
    directories.push(dataDir);
    // The whole group is killed, as by a power cut: an orphan that goes on writing would be cleaned up by the start after.
    const child = spawn(process.execPath, [WRITER, dataDir], { stdio: 'ignore', detached: true });
    const exited = once(child, 'exit');
    while (!readdirSync(dataDir).some((name) => name.startsWith('database.new-'))) await delay(5);
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await exited;
    assert.equal(existsSync(join(dataDir, 'database')), false);
    await withEmbedded({ dataDir }, async (store) => {
      const { rows } = await sql`select 1 as one`.execute(store.db);
      assert.deepEqual(rows, [{ one: 1 }]);
    });
    assert.deepEqual(
      readdirSync(dataDir).filter((name) => name.startsWith('database')),
      ['database'],
    );
  });

  it('refuses a database directory that is not one, and says what to do', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'fettle-foreign-'));
    directories.push(dataDir);
    mkdirSync(join(dataDir, 'database'));
    writeFileSync(join(dataDir, 'database', 'holiday.txt'), '');
    await assert.rejects(
      withEmbedded({ dataDir }, async () => undefined),
      { code: 'data_dir_unusable' },
    );
  });

  it('refuses a damaged database instead of waiting for it', async () => {
    const place = await createPlace();
    await rm(join(place.dataDir, 'database', 'global'), { recursive: true });
    await assert.rejects(
      withEmbedded(place, async () => undefined),
      { code: 'data_dir_unusable' },
    );
  });
});
