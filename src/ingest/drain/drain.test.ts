import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DatabaseContext, forEachDatabase, silentLog } from '../../../test/databases.ts';
import type { Event } from '../../core/event.ts';
import { createId } from '../../core/id.ts';
import { ACTIONS } from '../../actions/registry.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import type { Store } from '../../store/store.ts';
import { type Inbox, openInbox } from '../inbox/inbox.ts';
import { createSpace } from '../inbox/space.ts';
import { createDrain, type Drain } from './drain.ts';
import { createLoopGuard } from './loop-guard.ts';
import type { Lookups } from './lookups.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const REPO = {
  id: 9,
  name: 'app',
  full_name: 'dataforge/app',
  owner: { login: 'dataforge' },
  private: false,
  html_url: 'https://git.example/dataforge/app',
};
const ADA = { id: 7, login: 'ada' };

interface Bench {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly drain: Drain;
  /** Puts a delivery into the inbox as the receiver would. */
  accept(
    event: string,
    payload: object,
    more?: { type?: string; deliveryId?: string; atMs?: number; forge?: string },
  ): Promise<string>;
  drainAll(): Promise<void>;
  events(): Promise<Event[]>;
  outcomes(): Promise<string[]>;
}

const NO_ANSWERS: Lookups = {
  findPermission: () => Promise.resolve(undefined),
  findEdges: () => Promise.resolve(undefined),
};

async function withBench(
  context: DatabaseContext,
  run: (bench: Bench) => Promise<void>,
  lookups: Partial<Lookups> = {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-drain-'));
  try {
    await context.withStore(async (store) => {
      const inbox = await openInbox(
        directory,
        await createSpace(directory, { limitBytes: 1e9, reserveBytes: () => 0 }),
      );
      const drain = createDrain({
        store,
        inbox,
        host: 'test',
        lookups: { ...NO_ANSWERS, ...lookups },
        clock: () => NOW_MS,
        log: silentLog,
        settings: () => ({
          ruleSet: createRuleSet({ rules: [], recipes: [{ name: 'event-bridge', parameters: {} }] }, ACTIONS),
          accountsOf: () => new Set(['hub-bot']),
          ensureRepositoryRules: () => Promise.resolve(),
          loopGuard: createLoopGuard(
            () => 1000,
            () => undefined,
          ),
          meaningWindowMs: 600_000,
          retentionMs: 90 * 86_400_000,
        }),
        observer: { onCommit: () => undefined, onRetry: () => undefined, onPoison: () => undefined },
      });
      await run({
        store,
        inbox,
        drain,
        async accept(event, payload, { type = event, deliveryId = createId(), atMs = NOW_MS, forge = 'home' } = {}) {
          const id = createId();
          const headers = {
            'x-gitea-event': event,
            'x-gitea-event-type': type,
            'x-gitea-delivery': deliveryId,
            'content-type': 'application/json',
          };
          const head = { id, receivedAtMs: atMs, forge, kind: 'gitea', headers, remoteAddress: null } as const;
          await inbox.append({ head, body: Buffer.from(JSON.stringify(payload)) });
          return id;
        },
        async drainAll() {
          while (await drain.tick());
        },
        async events() {
          const rows = await store.db.selectFrom('events').select(['seq', 'event']).orderBy('seq').execute();
          return rows.map((row) => ({
            seq: row.seq,
            ...(typeof row.event === 'string' ? JSON.parse(row.event) : row.event),
          }));
        },
        async outcomes() {
          const rows = await store.db.selectFrom('deliveries').select('outcome').orderBy('number').execute();
          return rows.map((row) => row.outcome);
        },
      });
      await inbox.close();
    });
  } finally {
    await rm(directory, { recursive: true });
  }
}

function toIssue(action: string, labels: string[], second: number, more: object = {}) {
  const updated_at = new Date(NOW_MS + second * 1000).toISOString();
  const issue = {
    id: 55,
    number: 12,
    title: 'Broken',
    state: 'open',
    user: ADA,
    labels: labels.map((name) => ({ name })),
    updated_at,
    created_at: updated_at,
  };
  return { action, number: 12, issue: { ...issue, ...more }, repository: REPO, sender: ADA };
}

const LABEL = { type: 'issue_label' };

forEachDatabase('the drain', (context) => {
  test('a delivery becomes an event, a trigger, and one line in each book', () =>
    withBench(context, async (bench) => {
      const id = await bench.accept('issues', toIssue('opened', ['start-pipeline'], 0));
      await bench.accept('fork', { repository: REPO, forkee: REPO, sender: ADA });
      await bench.drainAll();
      const events = await bench.events();
      assert.deepEqual(
        events.map((event) => event.type),
        ['issue.opened', 'issue.labeled', 'trigger.raised', 'fork.created'],
      );
      assert.deepEqual(
        events.map((event) => event.seq),
        [1, 2, 3, 4],
      );
      assert.equal(events[2]?.trigger, 'pipeline');
      assert.equal(events[2]?.cause?.id, events[1]?.id);
      assert.deepEqual(await bench.outcomes(), ['effected', 'filtered']);
      const books = await bench.store.db.selectFrom('inboxes').selectAll().executeTakeFirstOrThrow();
      assert.deepEqual(
        [books.drained_through, books.effected, books.filtered, books.duplicate, books.dead],
        [2, 1, 1, 0, 0],
      );
      assert.equal(
        (await bench.store.db.selectFrom('deliveries').select('id').where('number', '=', 1).executeTakeFirstOrThrow())
          .id,
        id,
      );
      assert.deepEqual(bench.inbox.size(), { entries: 0, bytes: 0 });
    }));

  test('the same delivery id counts once, in one batch and across batches', () =>
    withBench(context, async (bench) => {
      const first = await bench.accept('issues', toIssue('closed', [], 0), { deliveryId: 'a' });
      await bench.accept('issues', toIssue('closed', [], 1), { deliveryId: 'a' });
      await bench.drainAll();
      await bench.accept('issues', toIssue('closed', [], 2), { deliveryId: 'a' });
      await bench.accept('issues', toIssue('closed', [], 3), { deliveryId: 'a', forge: 'other' });
      await bench.drainAll();
      assert.deepEqual(await bench.outcomes(), ['filtered', 'duplicate', 'duplicate', 'filtered']);
      const folded = await bench.store.db
        .selectFrom('deliveries')
        .select(['duplicate_of', 'duplicate_by'])
        .where('state', '=', 'duplicate')
        .execute();
      assert.deepEqual(folded, [
        { duplicate_of: first, duplicate_by: 'id' },
        { duplicate_of: first, duplicate_by: 'id' },
      ]);
    }));

  test('the same meaning under another id counts once within the window, and again after it', () =>
    withBench(context, async (bench) => {
      const payload = toIssue('closed', [], 0);
      await bench.accept('issues', payload);
      await bench.accept('issues', payload);
      await bench.drainAll();
      await bench.accept('issues', payload, { atMs: NOW_MS + 599_000 });
      await bench.accept('issues', payload, { atMs: NOW_MS + 601_000 });
      await bench.accept('issues', toIssue('closed', [], 1), { atMs: NOW_MS + 1000 });
      await bench.drainAll();
      assert.deepEqual(await bench.outcomes(), ['filtered', 'duplicate', 'duplicate', 'filtered', 'filtered']);
    }));

  test('test pushes are never folded', () =>
    withBench(context, async (bench) => {
      const sha = 'a'.repeat(40);
      const push = {
        ref: 'refs/heads/main',
        before: sha,
        after: sha,
        commits: [],
        repository: REPO,
        sender: ADA,
        pusher: ADA,
      };
      await bench.accept('push', push);
      await bench.accept('push', push);
      await bench.drainAll();
      assert.deepEqual(await bench.outcomes(), ['filtered', 'filtered']);
      assert.deepEqual(
        (await bench.events()).map((event) => event.test),
        [true, true],
      );
    }));

  test('a label fires once, not at each later edit', () =>
    withBench(context, async (bench) => {
      await bench.accept('issues', toIssue('opened', [], 0));
      await bench.accept('issues', toIssue('label_updated', ['start-pipeline'], 1), LABEL);
      await bench.accept('issues', toIssue('edited', ['start-pipeline'], 2));
      await bench.drainAll();
      await bench.accept('issues', toIssue('label_updated', ['start-pipeline', 'bug'], 3), LABEL);
      await bench.drainAll();
      const events = await bench.events();
      assert.equal(events.filter((event) => event.trigger === 'pipeline').length, 1);
      assert.deepEqual(
        events.filter((event) => event.type === 'issue.labeled').map((event) => event.label),
        ['start-pipeline', 'bug'],
      );
    }));

  test('a subject never seen before is told by the forge, or its labels are assumed', () =>
    withBench(
      context,
      async (bench) => {
        await bench.accept('issues', toIssue('label_updated', ['old', 'new'], 0), LABEL);
        await bench.accept(
          'issues',
          { ...toIssue('label_updated', ['one', 'two'], 0), repository: { ...REPO, id: 10 } },
          { ...LABEL, forge: 'other' },
        );
        await bench.drainAll();
        assert.deepEqual(
          (await bench.events()).map((event) => [event.forge, event.label, event.assumed]),
          [
            ['home', 'new', undefined],
            ['other', 'one', true],
            ['other', 'two', true],
          ],
        );
      },
      { findEdges: (forge) => Promise.resolve(forge === 'home' ? [{ verb: 'labeled', value: 'new' }] : undefined) },
    ));

  test('own accounts change the state and trigger nothing', () =>
    withBench(context, async (bench) => {
      await bench.accept('issues', toIssue('opened', [], 0));
      await bench.accept(
        'issues',
        { ...toIssue('label_updated', ['start-pipeline'], 1), sender: { id: 1, login: 'Hub-Bot' } },
        LABEL,
      );
      await bench.accept('issues', toIssue('edited', ['start-pipeline'], 2));
      await bench.drainAll();
      const events = await bench.events();
      assert.equal(events.find((event) => event.type === 'issue.labeled')?.own, true);
      assert.equal(events.filter((event) => event.type === 'trigger.raised').length, 0);
      assert.equal(events.filter((event) => event.type === 'issue.labeled').length, 1);
    }));

  test('an event older than the memory for delivery ids is stored, marked and matches nothing', () =>
    withBench(context, async (bench) => {
      await bench.accept('issues', toIssue('opened', ['start-pipeline'], -91 * 86_400));
      await bench.drainAll();
      const events = await bench.events();
      assert.deepEqual(
        events.map((event) => [event.type, event.stale]),
        [
          ['issue.opened', true],
          ['issue.labeled', true],
        ],
      );
    }));

  test('a comment command is weighed by the permission that the forge tells', () =>
    withBench(
      context,
      async (bench) => {
        const toComment = (login: string, id: number) => ({
          action: 'created',
          issue: toIssue('opened', [], 0).issue,
          comment: {
            id,
            body: '/pipeline',
            user: { id, login },
            created_at: new Date(NOW_MS).toISOString(),
            updated_at: new Date(NOW_MS).toISOString(),
          },
          repository: REPO,
          sender: { id, login },
        });
        await bench.accept('issue_comment', toComment('writer', 1));
        await bench.accept('issue_comment', toComment('reader', 2));
        await bench.accept('issue_comment', toComment('stranger', 3));
        await bench.drainAll();
        const triggers = (await bench.events()).filter((event) => event.type === 'trigger.raised');
        assert.deepEqual(
          triggers.map((event) => [event.actor?.login, event.permission]),
          [
            ['writer', 'write'],
            ['stranger', 'unknown'],
          ],
        );
      },
      {
        findPermission: (_forge, _repo, actor) =>
          Promise.resolve(actor.login === 'writer' ? 'write' : actor.login === 'reader' ? 'read' : undefined),
      },
    ));

  test('what cannot be understood is stored as unknown with its bytes', () =>
    withBench(context, async (bench) => {
      const id = await bench.accept('no_such_event', { hello: 'world', repository: REPO });
      await bench.drainAll();
      assert.deepEqual(
        (await bench.events()).map((event) => event.type),
        ['unknown'],
      );
      const row = await bench.store.db
        .selectFrom('deliveries')
        .select(['body_bytes', 'outcome'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      assert.equal(row.outcome, 'filtered');
      assert.ok(row.body_bytes > 10);
    }));

  test('a batch that was committed without our knowing is not committed again', () =>
    withBench(context, async (bench) => {
      await bench.accept('issues', toIssue('opened', [], 0));
      await bench.store.db
        .insertInto('inboxes')
        .values({
          id: bench.inbox.id,
          host: 'test',
          starts_after: 0,
          drained_through: 1,
          answered_through: 1,
          seen_at: new Date(),
          duplicate: 0,
          effected: 0,
          filtered: 1,
          dead: 0,
        })
        .execute();
      await bench.drainAll();
      assert.deepEqual(await bench.events(), []);
      assert.equal(bench.inbox.size().entries, 0);
    }));

  test('a data directory older than its database takes a new identity and loses nothing', () =>
    withBench(context, async (bench) => {
      const before = bench.inbox.id;
      await bench.store.db
        .insertInto('inboxes')
        .values({
          id: before,
          host: 'test',
          starts_after: 0,
          drained_through: 900,
          answered_through: 900,
          seen_at: new Date(),
          duplicate: 0,
          effected: 0,
          filtered: 900,
          dead: 0,
        })
        .execute();
      await bench.accept('issues', toIssue('opened', [], 0));
      await bench.drainAll();
      assert.notEqual(bench.inbox.id, before);
      assert.equal((await bench.events()).length, 1);
    }));
});
