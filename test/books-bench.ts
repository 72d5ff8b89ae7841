import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import { defineAction } from '../src/actions/define-action.ts';
import { triggerRaise } from '../src/actions/trigger-raise.ts';
import { template } from '../src/config/action-fields.ts';
import { EVERY_EVENT } from '../src/core/event-filter.ts';
import { createId } from '../src/core/id.ts';
import { createDrain, type Drain } from '../src/ingest/drain/drain.ts';
import { createLoopGuard } from '../src/ingest/drain/loop-guard.ts';
import { type Inbox, openInbox } from '../src/ingest/inbox/inbox.ts';
import { createSpace } from '../src/ingest/inbox/space.ts';
import type { ActionCatalog } from '../src/jobs/contract.ts';
import { readRules } from '../src/replay/read-rules.ts';
import { replayRange } from '../src/replay/replay.ts';
import { createRuleLanguage } from '../src/rules/language.ts';
import { createRuleSet, type RuleSet } from '../src/rules/rule-set.ts';
import { isConflict } from '../src/store/database-errors.ts';
import { claimRuns } from '../src/store/run-claims.ts';
import { cancelRuns, redriveRuns } from '../src/store/run-steering.ts';
import type { RunState } from '../src/store/run-tables.ts';
import { type RunReport, saveReports } from '../src/store/runs.ts';
import type { Store } from '../src/store/store.ts';
import { silentLog } from './databases.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Everything that moves the books, on a real database: the drain, ends of runs, what a person does to runs, replays. */
export interface BooksBench {
  readonly inbox: Inbox;
  /** Does something at random, as one hub would. */
  readonly step: (random: SeededRandom) => Promise<void>;
}

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const NOW_AT = new Date(NOW_MS).toISOString();
const FORGES = ['home', 'work', 'vault'] as const;
const REPOS = ['one', 'two', 'raised', 'both', 'broken', 'quiet'] as const;
const ENDS = ['succeeded', 'succeeded', 'unchanged', 'skipped', 'dead', 'failed', 'waiting'] as const;

const say = defineAction({
  name: 'test.say',
  summary: 'Says something.',
  input: z.strictObject({ to: template('Where.') }),
  examples: [],
  needs: [],
  idempotency: 'key',
  timeoutMs: 60_000,
  concurrency: 1_000,
  allowedInRepository: true,
  target: ({ to }) => ({ destination: to, orderKey: null, credential: null, reaches: [] }),
  run: () => Promise.reject(new Error('The bench says how runs end.')),
});
const ALL = [triggerRaise, say];
const CATALOG: ActionCatalog = { all: ALL, find: (name) => ALL.find((one) => one.name === name) };

const toSay = (to: string) => `{ test.say: { to: ${to} } }`;
const RULES = [
  `{ name: one, on: push, repos: dataforge/one, do: ${toSay('room')} }`,
  `{ name: two, on: push, repos: dataforge/two, mode: sequential, do: [${toSay('room')}, ${toSay('hall')}] }`,
  `{ name: raised, on: push, repos: [dataforge/raised, dataforge/both], do: { trigger: signal } }`,
  `{ name: both, on: push, repos: [dataforge/both, dataforge/one], do: ${toSay('attic')} }`,
  `{ name: broken, on: push, repos: dataforge/broken, do: ${toSay(`'{{ "now" | date: "%Y" }}'`)} }`,
];
/** What a person adds later. */
const LATER_RULES = [
  `{ name: later, on: push, repos: [dataforge/quiet, dataforge/raised], do: ${toSay('cellar')} }`,
  `{ name: late signal, on: push, repos: dataforge/one, do: { trigger: late } }`,
];

function toRuleSet(rules: readonly string[]): RuleSet {
  const yaml = `rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
  return createRuleSet(readRules(yaml, 'fettle.yaml', createRuleLanguage(CATALOG)), CATALOG);
}

/** Lends a hub's worth of writers to the books of a store. */
export async function withBooksBench(store: Store, work: (bench: BooksBench) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-books-'));
  try {
    const inbox = await openInbox(directory, await createSpace(directory, { limitBytes: 1e9, reserveBytes: () => 0 }));
    try {
      await work(createBench(store, inbox));
    } finally {
      await inbox.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

function createBench(store: Store, inbox: Inbox): BooksBench {
  const { db } = store;
  const present = toRuleSet(RULES);
  const grown = toRuleSet([...RULES, ...LATER_RULES]);
  const drain: Drain = createDrain({
    store,
    inbox,
    host: 'test',
    lookups: { findPermission: () => Promise.resolve(undefined), findEdges: () => Promise.resolve(undefined) },
    clock: () => NOW_MS,
    log: silentLog,
    settings: () => ({
      ruleSet: present,
      accountsOf: () => new Set<string>(),
      loopGuard: createLoopGuard(
        () => 100_000,
        () => undefined,
      ),
      ensureRepositoryRules: () => Promise.resolve(),
      meaningWindowMs: 0,
      retentionMs: 90 * 86_400_000,
    }),
    observer: { onCommit: () => undefined, onRetry: () => undefined, onPoison: () => undefined },
  });
  const sent: string[] = [];

  const deliver = async (random: SeededRandom) => {
    for (let left = random.between(1, 6); left > 0; left -= 1) {
      const again = random.next() < 0.15 ? sent[random.between(0, sent.length - 1)] : undefined;
      const deliveryId = again ?? createId();
      sent.push(deliveryId);
      const headers = { 'x-gitea-event': 'push', 'x-gitea-delivery': deliveryId, 'content-type': 'application/json' };
      const head = {
        id: createId(),
        receivedAtMs: NOW_MS,
        forge: random.pick(FORGES),
        kind: 'gitea',
        headers,
        remoteAddress: null,
      } as const;
      await inbox.append({ head, body: Buffer.from(JSON.stringify(toPush(random.pick(REPOS), sent.length))) });
    }
    while (await drain.tick());
  };

  const end = async (random: SeededRandom) => {
    const { runs } = await claimRuns(db, {
      holder: inbox.id,
      nowAt: NOW_AT,
      leaseUntilAt: NOW_AT,
      limit: random.between(1, 20),
      limits: { 'test.say': 1_000 },
      room: {},
      ahead: {},
    });
    const reports = runs.map((run): RunReport => {
      const state: RunState = random.pick(ENDS);
      const isOver = state !== 'failed' && state !== 'waiting';
      return {
        ...run,
        state,
        reason: null,
        code: null,
        nextAt: state === 'failed' ? NOW_AT : null,
        finishedAt: isOver ? NOW_AT : null,
        result: null,
      };
    });
    // In any order: it must not matter to others.
    reports.sort(() => random.next() - 0.5);
    await db.transaction().execute((trx) => saveReports(trx, inbox.id, reports, NOW_AT));
  };

  const pickRuns = async (random: SeededRandom) => {
    const rows = await db.selectFrom('runs').select('id').orderBy('ordinal').execute();
    return rows.filter(() => random.next() < 0.15).map(({ id }) => id);
  };

  const replay = async (random: SeededRandom) => {
    const ports = {
      db,
      ruleSet: random.next() < 0.5 ? present : grown,
      ensureRepositoryRules: () => Promise.resolve(),
      clock: () => NOW_MS,
    };
    const range = { filter: EVERY_EVENT, sinceAt: null, untilAt: null, after: 0, limit: 2_000 };
    const request = { dry: false, redrive: random.next() < 0.5, triggers: random.next() < 0.5, listsAll: false };
    await replayRange(ports, range, request);
  };

  return {
    inbox,
    async step(random) {
      const what = random.pick(['deliver', 'deliver', 'end', 'end', 'end', 'cancel', 'redrive', 'replay']);
      try {
        if (what === 'deliver') await deliver(random);
        else if (what === 'end') await end(random);
        else if (what === 'replay') await replay(random);
        else {
          const ids = await pickRuns(random);
          if (what === 'cancel') await cancelRuns(db, ids, { reason: 'No.', nowAt: NOW_AT });
          else await redriveRuns(db, ids, { nowAt: NOW_AT });
        }
      } catch (error) {
        // Whoever asked would ask again; nothing was done.
        if (!isConflict(error)) throw error;
      }
    },
  };
}

/** Asserts that the books of inboxes and forges are what deliveries, runs and raised triggers say, counted from nothing. */
export async function assertRecounted(store: Store): Promise<void> {
  const { rows } = await sql<Record<string, unknown>>`
    with known as (
      select inbox_id, forge, case
        when state = 'duplicate' then 'duplicate'
        when exists (select 1 from runs where delivery_id = deliveries.id and runs.state in ('queued', 'running', 'waiting', 'failed'))
          then 'open'
        when exists (select 1 from runs where delivery_id = deliveries.id and runs.state = 'dead') then 'dead'
        when exists (select 1 from runs where delivery_id = deliveries.id and runs.state in ('succeeded', 'unchanged'))
          or exists (select 1 from events where delivery_id = deliveries.id and trigger is not null) then 'effected'
        else 'filtered' end as class
      from deliveries
    )
    select inbox_id, forge, count(*) as received, count(*) filter (where class = 'duplicate') as duplicate,
      count(*) filter (where class = 'effected') as effected, count(*) filter (where class = 'filtered') as filtered,
      count(*) filter (where class = 'dead') as dead, count(*) filter (where class = 'open') as open
    from known group by inbox_id, forge order by inbox_id, forge`.execute(store.db);
  const forges = await store.db.selectFrom('forge_books').selectAll().orderBy('inbox_id').orderBy('forge').execute();
  assert.deepEqual(forges, rows);
  const inboxes = await store.db.selectFrom('inboxes').selectAll().orderBy('id').execute();
  for (const inbox of inboxes) {
    for (const name of ['duplicate', 'effected', 'filtered', 'dead', 'open'] as const) {
      const own = rows.filter((row) => row['inbox_id'] === inbox.id);
      assert.equal(
        inbox[name],
        own.reduce((sum, row) => sum + Number(row[name]), 0),
      );
    }
  }
}

function toPush(repo: string, number: number): object {
  const sender = { id: 7, login: 'ada' };
  const repository = {
    id: 9,
    name: repo,
    full_name: `dataforge/${repo}`,
    owner: { login: 'dataforge' },
    private: false,
    html_url: `https://git.example.org/dataforge/${repo}`,
    default_branch: 'main',
  };
  const after = number.toString(16).padStart(40, 'b');
  return { ref: 'refs/heads/main', before: 'a'.repeat(40), after, commits: [], repository, pusher: sender, sender };
}
