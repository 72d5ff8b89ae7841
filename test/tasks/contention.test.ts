import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDatabaseContext } from '../databases.ts';
import { runFight, seedFight } from './contention-fight.ts';
import { type Hold, runLanes } from './contention-lanes.ts';
import { proveSingleHolders } from './contention-proof.ts';

/** `npm run test:claims` does the same a million times. */
describe('agents that fight for tasks (postgres)', () => {
  const { withStore } = createDatabaseContext('postgres');

  it('hold each task one at a time, over several processes', () =>
    withStore(async (store, { databaseUrl }) => {
      const url = databaseUrl ?? '';
      const proof = await runFight(store, { databaseUrl: url, processes: 3, lanes: 6, claims: 3_000, tasks: 30 });
      assert.ok(proof.won >= 1_000 && proof.won <= 3_000, `${proof.won}`);
      assert.ok(proof.holds >= 0.8 * proof.won && proof.holds <= proof.won, `${proof.holds}`);
      for (const how of ['completed', 'failed', 'released']) assert.ok((proof.ended[how] ?? 0) > 100, how);
    }));
});

describe('agents that fight for tasks (embedded)', () => {
  const { withStore } = createDatabaseContext('embedded');

  it('hold each task one at a time', () =>
    withStore(async (store) => {
      await seedFight(store, 20);
      const holds: Hold[] = [];
      await runLanes(store, { worker: 0, lanes: 8, claims: 300, record: (hold) => holds.push(hold) });
      const proof = await proveSingleHolders(store, holds);
      assert.ok(proof.won >= 100 && proof.holds >= 80, JSON.stringify(proof));
    }));
});

it('a proof fails when two held a task at once', async () => {
  const context = createDatabaseContext('embedded');
  await context.withStore(async (store) => {
    const hold = { task: 'a', fence: 1, agent: 'one', beganNs: 10n, endedNs: 20n };
    await proveSingleHolders(store, [hold, { ...hold, fence: 2, beganNs: 20n, endedNs: 30n }]);
    const overlapping = [hold, { ...hold, fence: 2, beganNs: 19n, endedNs: 30n }];
    await assert.rejects(proveSingleHolders(store, overlapping), /Two held a at once/);
    await assert.rejects(
      proveSingleHolders(store, [hold, { ...hold, beganNs: 20n, endedNs: 30n }]),
      /Two held a at once/,
    );
  });
});
