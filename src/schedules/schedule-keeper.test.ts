import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forEachDatabase, silentLog } from '../../test/databases.ts';
import { ACTIONS } from '../actions/registry.ts';
import type { RuleConfig } from '../config/config.ts';
import { createRuleSet } from '../rules/rule-set.ts';
import type { Store } from '../store/store.ts';
import { createScheduleKeeper } from './schedule-keeper.ts';

const RULE: RuleConfig = {
  name: 'morning',
  enabled: true,
  priority: 0,
  on: [],
  schedule: '0 7 * * *',
  timezone: 'Europe/Berlin',
  forges: [],
  repos: [],
  branches: [],
  paths: [],
  actors: [],
  if: null,
  permission: null,
  do: [{ action: 'ledger.record', input: { node: 'morning_{{ at | slice: 0, 10 }}' } }],
  mode: 'parallel',
  retry: { forMs: null, attempts: null },
  timeoutMs: null,
  onUnknown: 'stop',
};

function createTrial(store: Store, nowAt: string, schedule = RULE.schedule) {
  const time = { now: nowAt };
  const ruleSet = createRuleSet({ rules: [{ ...RULE, schedule }], recipes: [] }, ACTIONS);
  const keeper = createScheduleKeeper({
    db: () => store.db,
    clock: () => Date.parse(time.now),
    ruleSet: () => ruleSet,
    onRuns: () => undefined,
    log: silentLog,
  });
  return { keeper, time };
}

async function listInputs(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom('runs').select('input').orderBy('ordinal').execute();
  return rows.map(({ input }) => String(input));
}

forEachDatabase('schedules', ({ withStore }) => {
  it('makes the runs of a rule once at its time, in its time zone', () =>
    withStore(async (store) => {
      const { keeper, time } = createTrial(store, '2026-03-01T05:00:00Z');
      assert.equal(await keeper.tick(), 0);
      time.now = '2026-03-01T05:59:59Z';
      assert.equal(await keeper.tick(), 0);
      time.now = '2026-03-01T06:00:00Z';
      assert.equal(await keeper.tick(), 1);
      assert.equal(await keeper.tick(), 0);
      assert.deepEqual(await listInputs(store), ['{"node":"morning_2026-03-01"}']);
    }));

  it('makes up once for the times that nobody was there', () =>
    withStore(async (store) => {
      const { keeper, time } = createTrial(store, '2026-03-01T05:00:00Z');
      await keeper.tick();
      time.now = '2026-03-04T12:00:00Z';
      assert.equal(await keeper.tick(), 1);
      assert.equal(await keeper.tick(), 0);
      time.now = '2026-03-05T06:00:00Z';
      assert.equal(await keeper.tick(), 1);
    }));

  it('acts once for any number of processes', () =>
    withStore(async (store) => {
      const trials = [1, 2, 3].map(() => createTrial(store, '2026-03-01T05:00:00Z'));
      for (const { keeper } of trials) await keeper.tick();
      for (const { time } of trials) time.now = '2026-03-01T06:00:00Z';
      const made = await Promise.all(trials.map(({ keeper }) => keeper.tick()));
      assert.deepEqual(
        made.toSorted((one, other) => one - other),
        [0, 0, 1],
      );
    }));

  it('follows a schedule that was changed', () =>
    withStore(async (store) => {
      await createTrial(store, '2026-03-01T05:00:00Z').keeper.tick();
      const changed = createTrial(store, '2026-03-01T05:10:00Z', '30 6 * * *');
      assert.equal(await changed.keeper.tick(), 0);
      changed.time.now = '2026-03-01T05:30:00Z';
      assert.equal(await changed.keeper.tick(), 1);
    }));
});
