import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../actions/registry.ts';
import { createRuleSet, type UnsequencedEvent } from '../rules/rule-set.ts';
import { makeEvent, makeRepo } from '../../test/event-rows.ts';
import { ensureRulesOf } from './present-rules.ts';

test('each repository of a page is read once, a few at a time, and a push of the past is no reason to read it anew', async () => {
  const asked: UnsequencedEvent[] = [];
  let [active, most] = [0, 0];
  const present = {
    ruleSet: createRuleSet({ rules: [], recipes: [] }, ACTIONS),
    ensureRepositoryRules: async (event: UnsequencedEvent) => {
      asked.push(event);
      most = Math.max(most, (active += 1));
      await new Promise(setImmediate);
      active -= 1;
    },
  };
  const repos = Array.from({ length: 20 }, (_, index) => makeRepo(`dataforge/r${index}`));
  const pushes = [...repos, ...repos].map((repo) => makeEvent({ repo, branch: 'main' }));
  await ensureRulesOf(present, [...pushes, makeEvent({ repo: makeRepo('Dataforge/R0') }), makeEvent()]);
  const names = asked.map(({ repo }) => repo?.fullName.toLowerCase());
  assert.deepEqual(new Set(names), new Set(repos.map(({ fullName }) => fullName)));
  assert.equal(names.length, repos.length);
  assert.ok(asked.every(({ type }) => type !== 'push'));
  assert.ok(most > 1 && most <= 8, `${most} at a time`);
});
