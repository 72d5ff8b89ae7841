import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Kysely, sql } from 'kysely';
import { pino } from 'pino';
import { lockDataDir } from '../src/store/data-dir-lock.ts';
import { listEvents } from '../src/store/events.ts';
import { ensureMigrated } from '../src/store/migrate.ts';
import { openStore } from '../src/store/open-store.ts';
import { ensurePartitions } from '../src/store/partitions.ts';
import type { Database } from '../src/store/schema.ts';
import { type FilterQuery, toFilter } from '../src/stream/filter.ts';
import { startPostgres } from '../test/postgres-server.ts';

/**
 * Pages of the activity log over a million events, common and rare filters, newest first.
 *
 *   node bench/activity.ts [--events 1000000] [--store postgres|embedded]
 */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, store: { type: 'string', default: 'embedded' } },
});
const events = Math.min(Number(values.events), 2_000_000);
const ROUNDS = 12;
const BATCH = 50_000;
const WEEKS = 13;

/** What is asked for; the shares are of all events. */
const QUERIES: Record<string, FilterQuery> = {
  everything: {},
  'type push (40 %)': { type: 'push' },
  'type release.* (0.02 %)': { type: 'release.*' },
  'types by glob pull.*': { type: 'pull.*' },
  'repository (0.1 %)': { repo: 'owner7/repo7' },
  'repository (20 events, oldest)': { repo: 'rare/one' },
  'repository that is not there': { repo: 'no/such' },
  'owner (2 %)': { repo: 'owner7/*' },
  'owner (20 events, oldest)': { repo: 'rare/*' },
  'owner that is not there': { repo: 'nosuch/*' },
  'name in every owner': { repo: '*/repo7' },
  'everything but one owner': { repo: '!owner7/*' },
  'actor (20 events)': { actor: 'rare' },
  'label (0.2 %)': { label: 'bug' },
  'label that is not there': { label: 'nothing' },
  'trigger (0.5 %)': { trigger: 'pipeline' },
  'action opened': { action: 'opened' },
  'action of the forge (0.01 %)': { action: 'label_updated' },
  'forge (50 events, oldest)': { forge: 'vault' },
  'actor and repository': { actor: 'user3', repo: 'owner7/repo7' },
  'common actor and rare type': { actor: 'user3', type: 'release.published' },
  'two common ones that never meet': { type: 'push', actor: 'never-pushes' },
  'ten actors': { actor: Array.from({ length: 10 }, (_, index) => `user${index * 7}`).join() },
};

const dataDir = await mkdtemp(join(tmpdir(), 'fettle-bench-activity-'));
const server = values.store === 'postgres' ? await startPostgres() : undefined;
const lock = await lockDataDir(dataDir);
const databaseUrl = (await server?.createDatabase()) ?? null;
const store = await openStore({
  dataDir,
  databaseUrl,
  maxConnections: 5,
  log: pino({ level: 'error' }),
  statementTimeoutMs: 120_000,
});
try {
  await ensureMigrated(store);
  const startedMs = performance.now();
  await fill(store.unlimitedDb);
  print(`${store.kind}: ${events} events in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
  // Without statistics first, as in a database that was just filled or restored; then with them.
  await measure('without statistics');
  await sql`vacuum (analyze) events`.execute(store.unlimitedDb);
  await measure('analysed');
} finally {
  await store.close();
  lock.release();
  await server?.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function measure(state: string): Promise<void> {
  const all: number[] = [];
  print(`\n${state.padEnd(36)}    p50      p95   found`);
  for (const [name, query] of Object.entries(QUERIES)) {
    const filter = toFilter(query, null);
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const startedMs = performance.now();
      const page = await listEvents(store.db, { filter, order: 'desc', limit: 100 });
      times.push(performance.now() - startedMs);
      found = page.events.length;
    }
    all.push(...times);
    print(`${name.padEnd(36)} ${toMs(at(times, 0.5))} ${toMs(at(times, 0.95))} ${String(found).padStart(6)}`);
  }
  print(`${'all'.padEnd(36)} ${toMs(at(all, 0.5))} ${toMs(at(all, 0.95))}`);
}

function at(times: number[], part: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function toMs(ms: number): string {
  return `${ms.toFixed(1)} ms`.padStart(9);
}

async function fill(db: Kysely<Database>): Promise<void> {
  const first = Date.parse('2026-08-24T00:00:00Z');
  const spanMs = WEEKS * 7 * 86_400_000 - 1;
  await ensurePartitions(db, new Date(first), new Date(first + spanMs));
  for (let from = 1; from <= events; from += BATCH) {
    const to = Math.min(from + BATCH - 1, events);
    await sql`
      insert into events (seq, id, received_at, forge, type, repo, actor, label, trigger, action, event)
      select seq, gen_random_uuid(), at, forge, type, repo, actor, label, trigger, action,
        json_build_object('v', 1, 'type', type, 'forge', forge, 'receivedAt', at, 'title', repeat('t', 40), 'body', repeat('text ', 80))
      from (select seq,
        to_timestamp((${first}::float8 + ${spanMs}::float8 * seq / ${events + 1}::float8) / 1000) as at,
        case when seq <= 50 then 'vault' when hash % 3 = 0 then 'home' else 'github' end as forge,
        case when hash % 5000 = 1 then 'release.published' when hash % 10 < 4 then 'push' when hash % 10 < 6 then 'pull.opened'
          when hash % 10 < 8 then 'issue.opened' else 'issue.labeled' end as type,
        case when seq <= 20 then 'rare/one' else 'owner' || (hash / 10 % 50) || '/repo' || (hash / 500 % 20) end as repo,
        case when seq % 50000 = 7 then 'rare' when hash % 10 = 9 then 'never-pushes' else 'user' || (hash / 7 % 300) end as actor,
        case when hash % 500 = 8 then 'bug' end as label,
        case when hash % 200 = 9 then 'pipeline' end as trigger,
        case when hash % 10000 = 18 then 'label_updated' when hash % 10 < 8 then 'opened' end as action
        from (select seq, (seq * 2654435761) % 1000003 as hash from generate_series(${from}::bigint, ${to}::bigint) as seq) as hashed
      ) as made`.execute(db);
  }
  await sql`update sequencer set value = ${events}`.execute(db);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
