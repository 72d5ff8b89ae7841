import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachDatabase } from '../../test/databases.ts';
import { createId } from '../core/id.ts';
import { type LedgerEntry, listLedgerNodes, listLedgerRuns, recordLedgerRun } from './ledger.ts';

function makeEntry(given: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    id: createId(),
    node: 'gitea_push_app',
    nodeTitle: null,
    trigger: 'webhook',
    startedAt: '2026-11-20T10:00:00.000Z',
    finishedAt: '2026-11-20T10:00:01.000Z',
    status: 'success',
    counts: { commits: 3 },
    title: null,
    url: 'https://git.example.org/dataforge/app/compare/a...b',
    actor: 'ada',
    forge: 'home',
    repo: 'dataforge/app',
    eventId: createId(),
    chain: createId(),
    ...given,
  };
}

forEachDatabase('the ledger', ({ withStore }) => {
  test('records a run once, however often and from wherever it is recorded, and counts it once', () =>
    withStore(async ({ db }) => {
      const entry = makeEntry();
      const attempts = await Promise.all(Array.from({ length: 8 }, () => recordLedgerRun(db, entry)));
      assert.deepEqual(
        attempts.filter((recorded) => recorded),
        [true],
      );
      assert.equal(await recordLedgerRun(db, { ...entry, node: 'another', status: 'failure' }), false);
      const { nodes } = await listLedgerNodes(db, { scopes: [], limit: 10 });
      assert.equal(nodes.length, 1);
      const { startedAt, finishedAt, nodeTitle: _title, ...same } = entry;
      assert.deepEqual(nodes[0]?.lastRun, {
        ...same,
        ordinal: nodes[0]?.lastRun?.ordinal,
        startedAt: new Date(startedAt),
        finishedAt: new Date(finishedAt ?? ''),
      });
      assert.deepEqual([nodes[0]?.runs, nodes[0]?.failures, nodes[0]?.title], [1, 0, 'gitea_push_app']);
    }));

  test('counts parallel runs of one node without losing any', () =>
    withStore(async ({ db }) => {
      await Promise.all(
        Array.from({ length: 40 }, (_, n) =>
          recordLedgerRun(db, makeEntry({ status: n % 4 === 0 ? 'failure' : 'success' })),
        ),
      );
      const { nodes } = await listLedgerNodes(db, { scopes: [], limit: 10 });
      assert.deepEqual([nodes[0]?.runs, nodes[0]?.failures], [40, 10]);
    }));

  test('keeps as last run the one that started last, whichever is recorded last, and a title until there is another', () =>
    withStore(async ({ db }) => {
      const late = makeEntry({ startedAt: '2026-11-20T12:00:00.000Z', nodeTitle: 'Pushes', status: 'failure' });
      await recordLedgerRun(db, late);
      await recordLedgerRun(db, makeEntry({ startedAt: '2026-11-20T09:00:00.000Z' }));
      const [node] = (await listLedgerNodes(db, { scopes: [], limit: 10 })).nodes;
      assert.deepEqual([node?.lastRun?.id, node?.lastStatus, node?.title], [late.id, 'failure', 'Pushes']);
      assert.deepEqual(
        [node?.firstRunAt.toISOString(), node?.lastRunAt.toISOString()],
        ['2026-11-20T09:00:00.000Z', late.startedAt],
      );
    }));

  test('a node that several repositories feed belongs to none of them', () =>
    withStore(async ({ db }) => {
      await recordLedgerRun(db, makeEntry({ node: 'all' }));
      await recordLedgerRun(db, makeEntry({ node: 'all', repo: 'secret/thing' }));
      await recordLedgerRun(db, makeEntry({ node: 'all' }));
      await recordLedgerRun(db, makeEntry({ node: 'own' }));
      const all = (await listLedgerNodes(db, { scopes: [], limit: 10 })).nodes;
      assert.deepEqual(
        all.map(({ id, repo }) => [id, repo]),
        [
          ['all', null],
          ['own', 'dataforge/app'],
        ],
      );
      const seen = await listLedgerNodes(db, { scopes: ['dataforge/*'], limit: 10 });
      assert.deepEqual(
        seen.nodes.map(({ id }) => id),
        ['own'],
      );
      const runs = await listLedgerRuns(db, { node: 'all', scopes: ['dataforge/*'], limit: 10 });
      assert.deepEqual(
        runs.runs.map(({ repo }) => repo),
        ['dataforge/app', 'dataforge/app'],
      );
    }));

  test('lists nodes and runs in pages, by node and status', () =>
    withStore(async ({ db }) => {
      for (let n = 0; n < 7; n += 1) {
        await recordLedgerRun(db, makeEntry({ node: `node_${n % 3}`, status: n % 2 === 0 ? 'success' : 'failure' }));
      }
      const ids: string[] = [];
      for (let after: string | undefined; ;) {
        const { nodes, next } = await listLedgerNodes(db, { scopes: [], after, limit: 2 });
        ids.push(...nodes.map(({ id }) => id));
        await recordLedgerRun(db, makeEntry({ node: 'aaa' }));
        if (next === null) break;
        after = next;
      }
      assert.deepEqual(ids, ['node_0', 'node_1', 'node_2']);

      const statuses: string[] = [];
      for (let before: number | undefined; ;) {
        const { runs, next } = await listLedgerRuns(db, { node: 'node_0', scopes: [], before, limit: 1 });
        statuses.push(...runs.map(({ status }) => status));
        if (next === null) break;
        before = next;
      }
      assert.deepEqual(statuses, ['success', 'failure', 'success']);
      const failed = await listLedgerRuns(db, { node: 'node_0', status: 'failure', scopes: [], limit: 10 });
      assert.deepEqual([failed.runs.length, failed.next], [1, null]);
      assert.equal((await listLedgerRuns(db, { node: 'nobody', scopes: [], limit: 10 })).runs.length, 0);
    }));
});
