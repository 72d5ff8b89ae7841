import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { ACTIONS } from '../../actions/registry.ts';
import { createId } from '../../core/id.ts';
import { readRules } from '../../replay/read-rules.ts';
import { createRuleLanguage } from '../../rules/language.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { bearer, createHttpHub } from '../../../test/http-hub.ts';

const RULES = `rules:
  - name: pushes
    on: push
    repos: dataforge/*
    do: { ledger.record: { node: "push_{{ repo.name }}" } }
  - name: labels
    on: issue.labeled
    if: label == "start"
    do: { trigger: pipeline }
`;

function toRuleSet(yaml: string) {
  return createRuleSet(readRules(yaml, 'fettle.yaml', createRuleLanguage(ACTIONS)), ACTIONS);
}

async function createToken(app: FastifyInstance, role: string, repos: string[] = []): Promise<string> {
  const payload = { name: `a ${role}`, role, scopes: { repos } };
  const response = await app.inject({ method: 'POST', url: '/api/v1/tokens', payload, headers: bearer() });
  return response.json().text as string;
}

function createAsker(app: FastifyInstance) {
  return async (method: 'GET' | 'POST', url: string, payload?: object, token?: string) => {
    const response = await app.inject({
      method,
      url,
      headers: bearer(token),
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: response.statusCode, body: response.json() };
  };
}

const EVENTS = [
  makeEvent({ repo: makeRepo('dataforge/app'), actor: { login: 'ada', bot: false } }),
  makeEvent({ repo: makeRepo('secret/plans') }),
  makeEvent({
    type: 'issue.labeled',
    repo: makeRepo('dataforge/app'),
    label: `"<b>\u001b[31m\n${'x'.repeat(5_000)}`,
  }),
];

forEachDatabase('the routes of replay', ({ withStore }) => {
  test('explain an event: each rule with what failed, and what became of its runs', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db, rules: () => toRuleSet(RULES) });
      const ask = createAsker(app);
      const events = EVENTS.map((event) => ({ ...event, id: createId() }));
      await addEvents(db, events);
      const { status, body } = await ask('GET', '/api/v1/events/1/explain');
      assert.equal(status, 200, JSON.stringify(body));
      assert.equal(body.event.id, events[0]?.id);
      const [pushes, labels] = body.rules;
      assert.deepEqual([pushes.rule, pushes.matched, pushes.runs[0].state], ['pushes', true, 'none']);
      assert.deepEqual(labels.failed, { condition: 'on', wanted: 'issue.labeled', actual: 'push' });
      assert.equal((await ask('POST', '/api/v1/replay', { event: 1, dry: false })).body.made, 1);
      const after = (await ask('GET', `/api/v1/events/${events[0]?.id}/explain`)).body;
      assert.deepEqual([after.rules[0].runs[0].state, after.rules[0].runs[0].id], ['queued', pushes.runs[0].id]);
      assert.deepEqual(after.gone, { runs: [], triggers: [] });

      const hostile = (await ask('GET', '/api/v1/events/3/explain')).body.rules[1].failed;
      assert.equal(hostile.condition, 'if');
      assert.ok(hostile.actual.length < 200 && !hostile.actual.includes('\u001b') && !hostile.actual.includes('\n'));
      assert.equal((await ask('GET', '/api/v1/events/99/explain')).body.code, 'not_found');
      assert.equal((await ask('GET', '/api/v1/events/one/explain')).body.code, 'invalid_request');
    }));

  test('say what was done that no rule in force does', (t) =>
    withStore(async ({ db }) => {
      let rules = toRuleSet(RULES);
      const { app } = await createHttpHub(t, { db, rules: () => rules });
      const ask = createAsker(app);
      await addEvents(db, [{ ...makeEvent({ repo: makeRepo('dataforge/app') }) }]);
      await ask('POST', '/api/v1/replay', { event: '1', dry: false });
      rules = toRuleSet('rules: [{ name: other, on: push, do: { trigger: t } }]');
      assert.equal((await ask('POST', '/api/v1/replay', { event: '1', dry: false, triggers: true })).body.raised, 1);
      const [run] = (await ask('GET', '/api/v1/events/1/explain')).body.gone.runs;
      assert.deepEqual([run.rule, run.action, run.state], ['pushes', 'ledger.record', 'queued']);
      rules = toRuleSet('rules: []');
      const { gone } = (await ask('GET', '/api/v1/events/1/explain')).body;
      assert.deepEqual(gone.triggers, [{ rule: 'other', trigger: 't' }]);
      const refused = await ask('POST', '/api/v1/replay', { event: 2 });
      assert.deepEqual([refused.status, refused.body.code], [400, 'invalid_request']);
      assert.match(refused.body.detail, /replay the event that raised it: [\da-f-]{36}/);
    }));

  test('respect roles and scopes', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db, rules: () => toRuleSet(RULES.replace('repos: dataforge/*', '')) });
      const ask = createAsker(app);
      await addEvents(
        db,
        EVENTS.map((event) => ({ ...event, id: createId() })),
      );
      const viewer = await createToken(app, 'viewer', ['dataforge/*']);
      const operator = await createToken(app, 'operator', ['dataforge/*']);
      assert.equal((await ask('GET', '/api/v1/events/1/explain', undefined, viewer)).status, 200);
      assert.equal((await ask('GET', '/api/v1/events/2/explain', undefined, viewer)).status, 404);
      assert.equal((await ask('POST', '/api/v1/replay', { since: '9999d' }, viewer)).status, 403);
      assert.equal((await ask('POST', '/api/v1/rules/test', { yaml: '' }, viewer)).status, 403);
      assert.equal((await ask('POST', '/api/v1/replay', { event: 2 }, operator)).status, 404);
      const all = { since: '9999d', dry: false };
      const scoped = (await ask('POST', '/api/v1/replay', all, operator)).body;
      assert.deepEqual([scoped.events, scoped.made], [2, 1]);
      const trial = (await ask('POST', '/api/v1/rules/test', { yaml: 'rules: []' }, operator)).body;
      assert.deepEqual([trial.events, trial.items.length], [2, 1]);
      assert.equal((await ask('POST', '/api/v1/replay', all)).body.made, 1);
    }));

  test('tell workers and the stream, and nobody for a dry one or when nothing was done', (t) =>
    withStore(async ({ db }) => {
      const told: string[] = [];
      const { app } = await createHttpHub(t, {
        db,
        rules: () => toRuleSet(`${RULES}  - { name: t, on: push, do: { trigger: t } }\n`),
        onRunsDue: () => told.push('runs'),
        onEventsAdded: () => told.push('events'),
      });
      const ask = createAsker(app);
      await addEvents(db, [makeEvent({ repo: makeRepo('dataforge/app') })]);
      for (const body of [{}, { dry: false }, { dry: false }, { dry: false, triggers: true }]) {
        told.push('-');
        await ask('POST', '/api/v1/replay', { event: 1, ...body });
      }
      assert.deepEqual(told, ['-', '-', 'runs', '-', '-', 'events']);
    }));

  test('refuse what says nothing or is not understood, and replay nothing then', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db, rules: () => toRuleSet(RULES) });
      const ask = createAsker(app);
      await addEvents(db, [makeEvent({ repo: makeRepo('dataforge/app') })]);
      const refused = [
        {},
        { filter: {} },
        { dry: false },
        { event: 1, since: '1d' },
        { event: 'x' },
        { filter: { repo: '' } },
        { filter: { repo: [',', ' '] } },
        { filter: { repo: [] } },
        { filter: { repos: 'a/*' } },
        { filter: { type: 'pusch' } },
        { since: '30' },
        { since: '2026-13-01' },
        { until: 'now' },
        { since: '1d', limit: 2_001 },
        { since: '1d', lmit: 1 },
        { since: '1d', dry: 'no' },
      ];
      for (const body of refused) {
        const answer = await ask('POST', '/api/v1/replay', { dry: false, ...body });
        assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request'], JSON.stringify(body));
      }
      const { runs } = (await ask('GET', '/api/v1/runs')).body;
      assert.deepEqual(runs, []);
    }));

  test('try changed rules: what is added, dropped and changed, by rule and by event, with nothing done', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db, rules: () => toRuleSet(RULES) });
      const ask = createAsker(app);
      const label = makeEvent({ type: 'issue.labeled', repo: makeRepo('dataforge/app'), label: 'start' });
      await addEvents(db, [
        label,
        makeEvent({ repo: makeRepo('dataforge/app') }),
        makeEvent({ repo: makeRepo('a/b') }),
      ]);
      await ask('POST', '/api/v1/replay', { event: 2, dry: false });
      const yaml = `
forges: { home: { kind: gitea, token: "\${env:NOT_SET}", secret: "\${cmd:false}" } }
vars: { what: runs }
recipes: [event-bridge]
rules:
  - name: pushes
    on: push
    do: { ledger.record: { node: "push_{{ repo.name }}", title: "{{ vars.what }}" } }
`;
      const { status, body } = await ask('POST', '/api/v1/rules/test', { yaml });
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual([body.problems, body.events, body.next, body.left], [[], 3, null, 0]);
      const items = body.items.map((item: TrialItem) => [
        item.event.seq,
        item.change,
        item.rule,
        item.trigger ?? item.run?.state ?? null,
        item.run?.fields ?? [],
      ]);
      assert.deepEqual(items, [
        [1, 'dropped', 'labels', 'pipeline', []],
        [2, 'changed', 'pushes', 'queued', [{ field: 'title', before: 'null', after: '"runs"' }]],
        [3, 'added', 'pushes', null, []],
      ]);
      const counts = new Map(body.rules.map((counted: { rule: string }) => [counted.rule, counted]));
      assert.deepEqual(counts.get('pushes'), { rule: 'pushes', before: 1, after: 2, added: 1, dropped: 0, changed: 1 });
      assert.deepEqual(counts.get('labels'), { rule: 'labels', before: 1, after: 0, added: 0, dropped: 1, changed: 0 });
      assert.equal((await ask('GET', '/api/v1/runs')).body.runs.length, 1);
      const [first, second] = [
        await ask('POST', '/api/v1/rules/test', { yaml, limit: 2 }),
        await ask('POST', '/api/v1/rules/test', { yaml, limit: 2, after: 2 }),
      ];
      assert.deepEqual([first.body.next, second.body.events, second.body.next], [2, 1, null]);
    }));

  test('tell what is wrong with changed rules, with the place and without a secret', (t) =>
    withStore(async ({ db }) => {
      const { app } = await createHttpHub(t, { db, rules: () => toRuleSet(RULES) });
      const ask = createAsker(app);
      const problemsOf = async (yaml: string) => {
        const { status, body } = await ask('POST', '/api/v1/rules/test', { yaml });
        assert.equal(status, 200, JSON.stringify(body));
        return body.problems.map((problem: { line: number; path: string }) => `${problem.line} ${problem.path}`);
      };
      assert.deepEqual(await problemsOf('rules:\n  - name: x\n    on: push\n    iff: "1"\n    do: { trigger: a }\n'), [
        '4 rules[0].iff',
      ]);
      assert.deepEqual(
        await problemsOf('rules:\n  - name: x\n    on: push\n    if: "label ="\n    do: { wait: {} }\n'),
        ['4 rules[0].if', '5 rules[0].do.wait'],
      );
      assert.deepEqual(await problemsOf('rule: []\n'), ['1 rule']);
      assert.deepEqual((await problemsOf('rules: [: :'))[0], '1 ');
      assert.deepEqual(await problemsOf('a: &a [1]\n'.repeat(2)), ['2 ']);
      assert.deepEqual(await problemsOf('http: { port: hunter2 }\nmatrix: { token: 7 }\n'), []);
      const clash = 'rules:\n  - { name: "event-bridge: pipeline label", on: push, do: { trigger: a } }\n';
      assert.deepEqual(await problemsOf(clash), []);
      const large = await ask('POST', '/api/v1/rules/test', { yaml: '# \n'.repeat(400_000) });
      assert.deepEqual([large.status, large.body.code], [400, 'invalid_request']);
      const larger = await ask('POST', '/api/v1/rules/test', { yaml: '#'.repeat(4_000_000) });
      assert.deepEqual([larger.status, larger.body.code], [413, 'body_too_large']);
    }));
});

interface TrialItem {
  readonly event: { readonly seq: number };
  readonly change: string;
  readonly rule: string;
  readonly trigger: string | null;
  readonly run: { readonly state: string | null; readonly fields: readonly unknown[] } | null;
}
