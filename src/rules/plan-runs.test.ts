import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOG, notifies, raises, toEvent, toRule, toRuleSet } from './examples.testsuite.ts';
import { createRuleSet } from './rule-set.ts';
import { FettleError } from '../core/errors.ts';

const ID = '0193a000-0000-7000-8000-000000000001';
const event = toEvent({ id: ID, title: 'Hello', number: 12, subject: 'issue' });

test('a rule raises its triggers and plans its actions, rendered and complete', () => {
  const set = toRuleSet(
    [
      {
        do: [
          raises('pipeline'),
          notifies({
            text: '{{ rule }}: {{ title }} by {{ vars.who }} {{ at | date: "%Y" }}',
            window: '1m',
            token: '${env:T}',
          }),
          raises('decision'),
        ],
        priority: 3,
        retry: { forMs: 1_000, attempts: 2 },
        timeoutMs: 500,
        onUnknown: 'resend',
      },
    ],
    { who: 'ada' },
  );
  const [match, ...more] = set.match(event);
  assert.deepEqual(more, []);
  assert.deepEqual(match?.triggers, ['pipeline', 'decision']);
  const [run, ...runs] = match.runs;
  assert.deepEqual(runs, []);
  assert.deepEqual(
    { ...run, id: '', chain: '' },
    {
      id: '',
      rule: 'r',
      source: null,
      action: 'room.notify',
      position: 1,
      chain: '',
      after: null,
      destination: 'chat',
      orderKey: 'room.notify:#r:x',
      credential: 'chat',
      input: { room: '#r:x', text: 'r: Hello by ada 2026', window: '1m', token: '${env:T}' },
      problem: null,
      options: { retryForMs: 1_000, maxAttempts: 2, timeoutMs: 500, onUnknown: 'resend' },
      priority: 3,
      hops: 0,
    },
  );
});

test('ids follow from event, rule, action, target and place among equal ones, and from nothing else', () => {
  const idsOf = (set: ReturnType<typeof toRuleSet>, of = event) => set.match(of)[0]?.runs.map(({ id }) => id) ?? [];
  const two = toRuleSet([{ do: [notifies(), notifies()] }]);
  const first = idsOf(two);
  assert.equal(new Set(first).size, 2);
  for (const id of first) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(first, ['3c70c496-3708-8e2c-9529-4de6f820d1bc', '402bfde0-556c-8d8c-afc0-bf28eb1b7326']);
  assert.deepEqual(idsOf(two), first, 'the same again');
  assert.deepEqual(
    idsOf(toRuleSet([{ do: [notifies({ text: 'other' }), raises('x')] }])),
    first.slice(0, 1),
    'text and neighbours',
  );
  assert.deepEqual(idsOf(two, { ...event, title: 'x', origin: 'replay' }), first, 'a replay');
  for (const other of [
    idsOf(toRuleSet([{ name: 'other', do: [notifies()] }])),
    idsOf(toRuleSet([{ do: [notifies({ room: '#other:x' })] }])),
    idsOf(two, toEvent()),
  ]) {
    assert.ok(!first.includes(other[0] ?? ''));
  }
});

test('runs of one event and rule share a chain; in sequence each waits for the one before', () => {
  const actions = [notifies(), raises('t'), notifies({ room: '#b:x' }), notifies({ room: '#c:x' })];
  const [parallel, sequential] = toRuleSet([
    { name: 'p', do: actions },
    { name: 's', do: actions, mode: 'sequential' },
  ]).match(event);
  const ids = sequential?.runs.map(({ id }) => id);
  assert.deepEqual(
    sequential?.runs.map(({ after }) => after),
    [null, ids?.[0], ids?.[1]],
  );
  assert.deepEqual(
    parallel?.runs.map(({ after }) => after),
    [null, null, null],
  );
  assert.equal(new Set(sequential?.runs.map(({ chain }) => chain)).size, 1);
  assert.notEqual(sequential?.runs[0]?.chain, parallel?.runs[0]?.chain);
});

test('a template that cannot be rendered makes a run with the problem and stops nothing else', () => {
  const set = toRuleSet([
    { name: 'broken', do: [notifies({ lines: ['fine', 'a\n{{ title | date: "%Y" }}'] }), notifies()] },
    { name: 'other' },
  ]);
  const [broken, other] = set.match({ ...event, title: 'now' });
  assert.deepEqual(other?.triggers, ['t']);
  const [failed, fine] = broken?.runs ?? [];
  assert.equal(fine?.problem, null);
  assert.equal(failed?.input, null);
  assert.equal(failed.problem?.code, 'template_failed');
  assert.match(
    failed.problem.detail,
    /^Rule `broken`, room\.notify, `lines\[1\]`: line 2, column 1: there is no "now".* \(title = "now"\)\. Correct the template/,
  );
});

test('an input that is not as its action wants it makes a run with the problem', () => {
  const counts = { action: 'number.count', input: { number: '{{ title }}' } };
  const [match] = toRuleSet([{ do: [counts] }]).match({ ...event, title: `<b>\n${'x'.repeat(500)}` });
  const problem = match?.runs[0]?.problem;
  assert.equal(problem?.code, 'input_invalid');
  assert.match(problem.detail, /^Rule `r`, number\.count: `number` is "<b>\\nx+…: /);
  assert.ok(problem.detail.length < 300);
});

test('a target that cannot be told makes a run with the problem', () => {
  const comments = { action: 'comment.post', input: { text: 'x' } };
  const [match] = toRuleSet([{ do: [comments] }]).match({ ...event, repo: undefined });
  assert.deepEqual(match?.runs[0]?.problem, {
    code: 'input_invalid',
    detail: 'Rule `r`, comment.post: the event has no repository to comment in',
  });
});

test('a scheduled rule is planned by its time, with no event to speak of', () => {
  const set = toRuleSet([
    {
      name: 'daily',
      on: [],
      schedule: '0 7 * * *',
      timezone: 'Europe/Berlin',
      do: [notifies({ text: '{{ at }}{{ title }}' })],
    },
    { name: 'off', on: [], schedule: '0 7 * * *', enabled: false },
    { name: 'event' },
  ]);
  assert.deepEqual(set.scheduled, [{ rule: 'daily', cron: '0 7 * * *', timezone: 'Europe/Berlin' }]);
  const at = new Date('2026-01-01T06:00:00Z');
  const plan = set.plan('daily', null, at);
  assert.deepEqual(plan.runs[0]?.input, { room: '#r:x', text: '2026-01-01T06:00:00.000Z' });
  assert.deepEqual(set.plan('daily', null, at), plan);
  assert.notEqual(set.plan('daily', null, new Date('2026-01-02T06:00:00Z')).runs[0]?.id, plan.runs[0]?.id);
  assert.throws(
    () => set.plan('nope', null, at),
    (error) => error instanceof FettleError && error.code === 'rule_invalid',
  );
});

test('a person may let a rule act on an event that it does not match, with the ids of a match', () => {
  const set = toRuleSet([{ on: ['issue.opened', 'push'], branches: ['main'], do: [notifies()] }]);
  const at = new Date();
  assert.deepEqual(set.match(event), []);
  const onMain = { ...event, branch: 'main' };
  assert.deepEqual(set.plan('r', event, at).runs[0]?.id, set.match(onMain)[0]?.runs[0]?.id);
});

test('numbers and truth values stand for text where an action takes only text', () => {
  const [match] = toRuleSet([{ do: [notifies({ text: 1.5, lines: [true, 'x'] })] }]).match(event);
  assert.deepEqual(match?.runs[0]?.input, { room: '#r:x', text: '1.5', lines: ['true', 'x'] });
});

test('how many effects led here is handed on', () => {
  const set = toRuleSet([{ do: [notifies()] }], {}, { hopsOf: ({ number }) => number ?? 0 });
  assert.equal(set.match(event)[0]?.runs[0]?.hops, 12);
});

const UNUSABLE = [
  { rule: { do: [{ action: 'room.notfy', input: {} }] }, says: /`r`, there is no action `room\.notfy`/ },
  { rule: { do: [notifies({ text: '{{ title' })] }, says: /`r`, room\.notify, `text`: Not a Liquid template: line 1/ },
  { rule: { do: [notifies({ text: '{{ title }}', colour: 'red' })] }, says: /`r`, room\.notify/ },
  { rule: { do: [notifies({ window: 'long' })] }, says: /`r`, room\.notify, `window`/ },
  { rule: { if: 'nope(title)' }, says: /`r`, `if`: There is no function `nope`/ },
];

for (const { rule, says } of UNUSABLE) {
  test(`a rule set is refused: ${says.source}`, () => {
    assert.throws(
      () => toRuleSet([rule]),
      (error) => error instanceof FettleError && error.code === 'rule_invalid' && says.test(error.message),
    );
  });
}

test('no two rules have the same name, not even one of a recipe', () => {
  const recipes = [{ name: 'event-bridge', parameters: {} }];
  assert.throws(
    () => createRuleSet({ rules: [toRule({ name: 'event-bridge/lead-review' })], recipes }, CATALOG),
    /Two rules are called `event-bridge\/lead-review`/,
  );
});
