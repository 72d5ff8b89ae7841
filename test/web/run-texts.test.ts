import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RUN_STATES as HUB_STATES } from '../../src/http/routes/run-shapes.ts';
import { RUN_STATES } from '../../web/src/api/run-shapes.ts';
import { toNodeId, toNodePath } from '../../web/src/ledger/node-path.ts';
import { toRuleEffects } from '../../web/src/rules/rule-effects.ts';
import { toBreakerPlace } from '../../web/src/runs/breaker-scope.ts';
import { toRunFilter, toRunQuery, toRunSelection } from '../../web/src/runs/run-filter.ts';
import { toResult } from '../../web/src/runs/run-result.ts';
import { toDurationText, toUntil } from '../../web/src/shared/time.ts';

test('the page knows the states that the hub has', () => {
  assert.deepEqual(RUN_STATES.toSorted(), HUB_STATES.toSorted());
});

test('a filter of runs goes into an address and comes back', () => {
  const filter = toRunFilter('?state=dead,nonsense&state=waiting&rule=a,%20b&repo=dataforge/*&chain=1');
  assert.deepEqual(filter.states, ['waiting', 'dead']);
  assert.deepEqual(toRunSelection(filter), { rule: 'a, b', repo: 'dataforge/*', chain: '1' });
  assert.deepEqual(toRunFilter(`?${toRunQuery(filter)}`), filter);
  assert.equal(toRunQuery(toRunFilter('?limit=3&action=+')), '');
});

test('the scope of a breaker is read whatever its names hold', () => {
  assert.deepEqual(toBreakerPlace('destination:matrix.example.org'), {
    kind: 'destination',
    name: 'matrix.example.org',
    target: null,
  });
  assert.deepEqual(toBreakerPlace('credential:forge:home'), { kind: 'credential', name: 'forge:home', target: null });
  assert.deepEqual(toBreakerPlace('credential:matrix@room:#a:b@c'), {
    kind: 'credential',
    name: 'matrix',
    target: 'room:#a:b@c',
  });
});

test('the path of a node leads back to it, and an address that is not well formed to none', () => {
  for (const id of ['gitea_push_app', 'a b/c?d#e', 'ü.%2F']) assert.equal(toNodeId(toNodePath(id)), id);
  assert.equal(toNodeId('/ledger/%E0%A4%A'), null);
  assert.equal(toNodeId('/ledger/a/b'), null);
});

test('the result of an action may be anything', () => {
  assert.deepEqual(toResult(null), { summary: null, url: null, data: undefined });
  assert.deepEqual(toResult('text'), { summary: null, url: null, data: undefined });
  assert.deepEqual(toResult({ summary: 3, url: '', data: [1] }), { summary: null, url: null, data: [1] });
  assert.deepEqual(toResult({ summary: 'Done.', url: 'https://x' }), {
    summary: 'Done.',
    url: 'https://x',
    data: undefined,
  });
});

test('times to come and spans are said in the largest fitting unit', () => {
  const nowMs = Date.parse('2030-01-01T00:00:00Z');
  assert.equal(toUntil('2029-12-31T23:59:00Z', nowMs), 'now');
  assert.equal(toUntil('2030-01-01T00:00:30Z', nowMs), 'in under a minute');
  assert.equal(toUntil('2030-01-01T00:04:30Z', nowMs), 'in 4m');
  assert.equal(toUntil('2030-01-04T00:00:00Z', nowMs), 'in 3d');
  const spans: readonly [number, string][] = [
    [-5, '0 ms'],
    [340, '340 ms'],
    [3_100, '3.1 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [245_000, '4 min 5 s'],
    [3 * 3_600_000, '3 h'],
    [2 * 86_400_000 + 4 * 3_600_000, '2 d 4 h'],
  ];
  for (const [ms, text] of spans) assert.equal(toDurationText(ms), text);
});

test('what rules did is told by rule, with runs of replays, and with runs that are not kept any more', () => {
  const run = (id: string, rule: string, ordinal: number) =>
    ({ id, rule, ordinal, action: 'label.add', destination: 'forge:home', state: 'succeeded' }) as const;
  const effects = toRuleEffects(
    [
      { rule: 'a', trigger: 'pipeline' },
      { rule: 'b', action: 'label.add', run: 'kept' },
      { rule: 'b', action: 'matrix.notify', run: 'lost' },
    ],
    [run('replayed', 'c', 9), run('kept', 'b', 4)] as never,
  );
  assert.deepEqual(
    effects.map(({ rule, triggers, effects: own }) => [rule, triggers, own.map(({ id, state }) => [id, state])]),
    [
      ['a', ['pipeline'], []],
      [
        'b',
        [],
        [
          ['kept', 'succeeded'],
          ['lost', null],
        ],
      ],
      ['c', [], [['replayed', 'succeeded']]],
    ],
  );
});
