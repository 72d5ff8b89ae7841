import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../../actions/registry.ts';
import { FettleError } from '../../core/errors.ts';
import { toEvent } from '../examples.testsuite.ts';
import { createRuleSet, type UnsequencedEvent } from '../rule-set.ts';

const PARAMETERS = { repos: ['dataforge/*'], room: '#releases:example.org' };
const bot = { login: 'ci[bot]', bot: true };

/** What the recipe does on a push to `main`, as action and input. */
function runsOf(parameters: Record<string, unknown>, event: Partial<UnsequencedEvent> = {}): Record<string, unknown> {
  const set = createRuleSet(
    { rules: [], recipes: [{ name: 'releases-monitor', parameters: { ...PARAMETERS, ...parameters } }] },
    ACTIONS,
  );
  const matches = set.match(toEvent({ branch: 'main', ...event }));
  return Object.fromEntries(matches.flatMap(({ runs }) => runs.map(({ action, input }) => [action, input])));
}

test('a push is recorded and announced, and both runs share a chain', () => {
  assert.deepEqual(runsOf({}), {
    'ledger.record': { node: 'gitea_push_app', trigger: 'webhook' },
    'matrix.notify': { room: '#releases:example.org', window: '1m' },
  });
  const set = createRuleSet({ rules: [], recipes: [{ name: 'releases-monitor', parameters: PARAMETERS }] }, ACTIONS);
  const [match] = set.match(toEvent({ branch: 'main' }));
  assert.equal(new Set(match?.runs.map(({ chain }) => chain)).size, 1);
  assert.ok(match?.runs.every(({ after, problem }) => after === null && problem === null));
});

test('with a pipeline it is started too, with values as parts of its address', () => {
  const dag = {
    url: 'https://dag.example.org/run/{{ repo.name }}?ref={{ branch }}',
    method: 'PUT',
    headers: { 'X-Pusher': '{{ actor.login }}' },
    body: '{"by": {{ actor.login | json }}}',
    token: '${env:DAG_TOKEN}',
  };
  const runs = runsOf({ dag }, { branch: 'a/b&c=d', actor: { login: 'ada', bot: false } });
  assert.deepEqual(runs['pipeline.dispatch'], {
    engine: 'http',
    url: 'https://dag.example.org/run/app?ref=a%2Fb%26c%3Dd',
    method: 'PUT',
    headers: { 'X-Pusher': 'ada' },
    body: '{"by": "ada"}',
    token: '${env:DAG_TOKEN}',
  });
});

const NOTHING: readonly [string, Record<string, unknown>, Partial<UnsequencedEvent>][] = [
  ['a push elsewhere', {}, { repo: { fullName: 'other/app', owner: 'other', name: 'app' } }],
  ['a tag', {}, { branch: undefined, tag: 'v1' }],
  ['a deleted branch', {}, { deleted: true }],
  ['a push by a bot', {}, { actor: bot }],
  ['another branch', { branches: ['release/**'] }, {}],
  ['another event', {}, { type: 'branch.created' }],
];

for (const [what, parameters, event] of NOTHING) {
  test(`${what} does nothing`, () => {
    assert.deepEqual(runsOf(parameters, event), {});
  });
}

test('every parameter shows in what is done', () => {
  const runs = runsOf(
    { window: '5m', node: 'n-{{ branch }}', trigger: 'push', bots: 'mark', branches: ['main'] },
    { actor: bot },
  );
  assert.deepEqual(runs, {
    'ledger.record': { node: 'n-main', trigger: 'push' },
    'matrix.notify': { room: '#releases:example.org', window: '5m' },
  });
});

test('without the parameters it needs the recipe is refused, and says which', () => {
  assert.throws(
    () => createRuleSet({ rules: [], recipes: [{ name: 'releases-monitor', parameters: {} }] }, ACTIONS),
    (error) => error instanceof FettleError && error.code === 'rule_invalid' && /repos: .*room: /.test(error.message),
  );
});
