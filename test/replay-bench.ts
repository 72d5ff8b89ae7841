import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { defineAction } from '../src/actions/define-action.ts';
import { triggerRaise } from '../src/actions/trigger-raise.ts';
import { template } from '../src/config/action-fields.ts';
import type { Config } from '../src/config/config.ts';
import { EVERY_EVENT } from '../src/core/event-filter.ts';
import { FettleError } from '../src/core/errors.ts';
import { createId } from '../src/core/id.ts';
import { createDrain } from '../src/ingest/drain/drain.ts';
import { createLoopGuard } from '../src/ingest/drain/loop-guard.ts';
import { openInbox } from '../src/ingest/inbox/inbox.ts';
import { createSpace } from '../src/ingest/inbox/space.ts';
import type { ActionCatalog } from '../src/jobs/contract.ts';
import { createDispatcher } from '../src/jobs/dispatcher.ts';
import type { PastProgress, PastRange } from '../src/replay/past-events.ts';
import { readRules } from '../src/replay/read-rules.ts';
import { type ReplayReport, type ReplayRequest, replayRange } from '../src/replay/replay.ts';
import { createRuleLanguage } from '../src/rules/language.ts';
import { createRuleSet, type RuleSet } from '../src/rules/rule-set.ts';
import { readBooks } from '../src/store/books.ts';
import { TERMINAL_STATES } from '../src/store/runs.ts';
import type { Store } from '../src/store/store.ts';
import { QUIET_ANNOUNCEMENTS } from './announcements.ts';
import { type DatabaseContext, silentLog } from './databases.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;

/** Says something somewhere, once per run; the place `wall` refuses, what is said to `later` waits for ever, and nobody can say `wrong`. */
const say = defineAction({
  name: 'test.say',
  summary: 'Says something.',
  input: z.strictObject({ to: template('Where.'), text: template('What.').optional() }),
  examples: [],
  needs: [],
  idempotency: 'key',
  timeoutMs: 60_000,
  concurrency: 10,
  allowedInRepository: true,
  target: ({ to }) => ({ destination: to, orderKey: null, credential: null, reaches: [] }),
  run: () => Promise.reject(new Error('replaced by each bench')),
});

/** A hub without its HTTP side: its drain, its dispatcher and its replay, on a clock that is held. */
export interface ReplayBench {
  readonly store: Store;
  readonly catalog: ActionCatalog;
  /** What was said, as `<place> <text>`, in order. */
  readonly said: readonly string[];
  /** Places that refuse. */
  readonly walls: Set<string>;
  readonly ruleSet: () => RuleSet;
  readonly time: { nowMs: number };
  /** Puts rules in force; the text of `rules:`. */
  readonly setRules: (yaml: string) => void;
  /** A push arrives and is drained. */
  readonly push: (more?: { repo?: string; branch?: string; login?: string; atMs?: number }) => Promise<void>;
  /** Works on runs until none is due. */
  readonly work: () => Promise<void>;
  readonly replay: (
    request?: Partial<ReplayRequest>,
    range?: Partial<PastRange>,
  ) => Promise<ReplayReport & PastProgress>;
  /** Runs as `<rule> <destination> <state>`, in the order in which they were made. */
  readonly runs: () => Promise<string[]>;
  /** Ids of runs by rule and destination. */
  readonly runId: (rule: string, destination: string) => Promise<string>;
  /** The classes of the books; asserts that they balance and are what the deliveries and runs say. */
  readonly books: () => Promise<Readonly<Record<string, number>>>;
}

export async function withReplayBench(
  context: DatabaseContext,
  work: (bench: ReplayBench) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-replay-'));
  try {
    await context.withStore(async (store) => {
      const space = await createSpace(directory, { limitBytes: 1e9, reserveBytes: () => 0 });
      const inbox = await openInbox(directory, space);
      try {
        await work(createBench(store, inbox));
      } finally {
        await inbox.close();
      }
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

function createBench(store: Store, inbox: Awaited<ReturnType<typeof openInbox>>): ReplayBench {
  const { db } = store;
  const time = { nowMs: NOW_MS };
  const clock = () => time.nowMs;
  const said: string[] = [];
  const walls = new Set(['wall']);
  const action = {
    ...say,
    run: async (_context: unknown, input: unknown) => {
      const { to, text = '' } = input as { to: string; text?: string };
      if (walls.has(to)) throw new FettleError('upstream_refused', `${to} refuses.`);
      if (text === 'wrong') throw new FettleError('rule_invalid', 'That cannot be said.');
      if (to === 'later') return { state: 'later', atMs: NOW_MS + 365 * DAY_MS, summary: 'Not yet.' } as const;
      said.push(`${to} ${text}`.trim());
      return to === 'same'
        ? ({ state: 'unchanged', summary: 'As wanted.' } as const)
        : ({ state: 'succeeded', summary: 'Said.' } as const);
    },
  };
  const all = [triggerRaise, action];
  const catalog: ActionCatalog = { all, find: (name) => all.find((one) => one.name === name) };
  let ruleSet = createRuleSet({ rules: [], recipes: [] }, catalog);
  const drain = createDrain({
    store,
    inbox,
    host: 'test',
    lookups: { findPermission: () => Promise.resolve(undefined), findEdges: () => Promise.resolve(undefined) },
    clock,
    log: silentLog,
    settings: () => ({
      ruleSet,
      accountsOf: () => new Set(['hub-bot']),
      loopGuard: createLoopGuard(
        () => 1_000,
        () => undefined,
      ),
      ensureRepositoryRules: () => Promise.resolve(),
      meaningWindowMs: 0,
      retentionMs: 90 * DAY_MS,
    }),
    observer: { onCommit: () => undefined, onRetry: () => undefined, onPoison: () => undefined },
  });
  const refuse = () => {
    throw new Error('not used');
  };
  const dispatcher = createDispatcher({
    db: () => db,
    clock,
    holder: inbox.id,
    catalog,
    concurrency: () => 10,
    retryForMs: () => DAY_MS,
    config: () => ({}) as Config,
    outgoing: { request: refuse },
    forge: refuse,
    secret: refuse,
    connect: refuse,
    announce: QUIET_ANNOUNCEMENTS,
    findCredential: () => Promise.resolve(undefined),
    observer: { onEnd: () => undefined, onBreaker: () => undefined },
    log: silentLog,
  });
  let pushes = 0;

  return {
    store,
    catalog,
    said,
    walls,
    time,
    ruleSet: () => ruleSet,
    setRules(yaml) {
      ruleSet = createRuleSet(readRules(`rules:\n${yaml}`, 'fettle.yaml', createRuleLanguage(catalog)), catalog);
    },
    async push({ repo = 'app', branch = 'main', login = 'ada', atMs = time.nowMs } = {}) {
      pushes += 1;
      const head = {
        id: createId(),
        receivedAtMs: atMs,
        forge: 'home',
        kind: 'gitea',
        headers: { 'x-gitea-event': 'push', 'x-gitea-delivery': createId(), 'content-type': 'application/json' },
        remoteAddress: null,
      } as const;
      await inbox.append({ head, body: Buffer.from(JSON.stringify(toPush(pushes, repo, branch, login))) });
      while (await drain.tick());
    },
    async work() {
      while ((await dispatcher.tick()) > 0);
    },
    async replay({ dry = false, redrive = false, triggers = false, listsAll = true } = {}, range = {}) {
      const ports = { db, ruleSet, ensureRepositoryRules: () => Promise.resolve(), clock };
      const whole = { filter: EVERY_EVENT, sinceAt: null, untilAt: null, after: 0, limit: 2_000, ...range };
      return await replayRange(ports, whole, { dry, redrive, triggers, listsAll });
    },
    async runs() {
      const rows = await db.selectFrom('runs').select(['rule', 'destination', 'state']).orderBy('ordinal').execute();
      return rows.map(({ rule, destination, state }) => `${rule} ${destination} ${state}`);
    },
    async runId(rule, destination) {
      const row = await db
        .selectFrom('runs')
        .select('id')
        .where('rule', '=', rule)
        .where('destination', '=', destination)
        .executeTakeFirstOrThrow();
      return row.id;
    },
    async books() {
      const { total } = await readBooks(db, [{ id: inbox.id, answeredThrough: inbox.lastNumber() }]);
      const { balanced, received, ...classes } = total;
      assert.ok(balanced);
      const outcomes = await db.selectFrom('deliveries').select('outcome').execute();
      assert.equal(received, outcomes.length);
      const counted = { effected: 0, filtered: 0, duplicate: 0, dead: 0, pending: 0 };
      for (const { outcome } of outcomes) counted[outcome] += 1;
      assert.deepEqual(classes, counted);
      const books = await db.selectFrom('delivery_runs').select(['delivery_id', 'open', 'dead']).execute();
      const runs = await db.selectFrom('runs').select(['delivery_id', 'state']).execute();
      const isOpen = (state: string) => !(TERMINAL_STATES as readonly string[]).includes(state);
      for (const { delivery_id: id, open, dead } of books) {
        const own = runs.filter((run) => run.delivery_id === id);
        assert.equal(open, own.filter(({ state }) => isOpen(state)).length);
        assert.equal(dead, own.filter(({ state }) => state === 'dead').length);
      }
      return classes;
    },
  };
}

function toPush(number: number, repo: string, branch: string, login: string): object {
  const sender = { id: 7, login };
  return {
    ref: `refs/heads/${branch}`,
    before: number.toString(16).padStart(40, 'a'),
    after: number.toString(16).padStart(40, 'b'),
    commits: [],
    total_commits: 0,
    repository: {
      id: 9,
      name: repo,
      full_name: `dataforge/${repo}`,
      owner: { login: 'dataforge' },
      private: false,
      html_url: `https://git.example.org/dataforge/${repo}`,
      default_branch: 'main',
    },
    pusher: sender,
    sender,
  };
}
