import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { ACTIONS } from '../actions/registry.ts';
import type { RuleLanguage } from './rule-language.ts';

const LANGUAGE: RuleLanguage = {
  checkExpression: () => undefined,
  checkTemplate: () => undefined,
  actions: ACTIONS.all,
};

test('rules and recipes are read in every form they may have', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(`
rules:
  - name: one
    on: issue.labeled
    do: { trigger: pipeline }
  - name: two
    on: [issue.*, "!issue.deleted"]
    repos: dataforge/*
    if: label == "x"
    permission: write
    do:
      - trigger: decision
recipes:
  - event-bridge: {}
`);
  assert.deepEqual(config.rules, [
    { name: 'one', on: ['issue.labeled'], repos: [], if: null, permission: null, do: { trigger: 'pipeline' } },
    {
      name: 'two',
      on: ['issue.*', '!issue.deleted'],
      repos: ['dataforge/*'],
      if: 'label == "x"',
      permission: 'write',
      do: { trigger: 'decision' },
    },
  ]);
  assert.deepEqual(config.recipes, [{ name: 'event-bridge', parameters: {} }]);
});

test('recipes can be switched on by a variable', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(undefined, { FETTLE_RECIPES: 'event-bridge' });
  assert.deepEqual(config.recipes, [{ name: 'event-bridge', parameters: {} }]);
  const [problem] = await directory.refuse('', { FETTLE_RECIPES: 'event-brigde' });
  assert.equal(problem?.variable, 'FETTLE_RECIPES');
  assert.match(problem.message, /did you mean event-bridge/);
});

const rule = (fields: string) => `rules:\n  - { name: a, on: push, do: { trigger: x }, ${fields} }\n`;
const REFUSED = [
  { text: 'rules: [{ on: push, do: { trigger: x } }]', path: 'rules[0].name', says: /missing/ },
  {
    text: 'rules: [{ name: a, on: issue.labelled, do: { trigger: x } }]',
    path: 'rules[0].on',
    says: /issue\.labeled\?/,
  },
  {
    text: 'rules: [{ name: a, on: [push, "*.nothing"], do: { trigger: x } }]',
    path: 'rules[0].on[1]',
    says: /not allowed/,
  },
  {
    text: 'rules: [{ name: a, on: [push, "!push"], do: { trigger: x } }]',
    path: 'rules[0].on',
    says: /match no event/,
  },
  { text: 'rules: [{ name: a, on: [], do: { trigger: x } }]', path: 'rules[0].on', says: /every event/ },
  { text: 'rules: [{ name: a, on: push, do: { trigger: Bad_Name } }]', path: 'rules[0].do.trigger', says: /Bad_Name/ },
  {
    text: 'rules: [{ name: a, on: push, do: { triger: x } }]',
    path: 'rules[0].do.triger',
    says: /unknown action; did you mean trigger/,
  },
  { text: 'rules: [{ name: a, on: push, do: {} }]', path: 'rules[0].do', says: /no action/ },
  {
    text: 'rules: [{ name: a, on: push, do: [{ trigger: x }, { trigger: y }] }]',
    path: 'rules[0].do',
    says: /a list is not/,
  },
  { text: 'rules: [{ name: a, on: push }]', path: 'rules[0].do', says: /missing/ },
  { text: rule('if: true'), path: 'rules[0].if', says: /true is not allowed/ },
  { text: rule('permission: owner'), path: 'rules[0].permission', says: /owner/ },
  { text: rule('repo: x/y'), path: 'rules[0].repo', says: /did you mean repos/ },
  {
    text: `${rule('if: a')}  - { name: a, on: push, do: { trigger: x } }\n`,
    path: 'rules[1].name',
    says: /also called "a"/,
  },
  { text: 'recipes: [event-brdige]', path: 'recipes[0]', says: /did you mean event-bridge/ },
  { text: 'recipes: [event-bridge, { event-bridge: {} }]', path: 'recipes[1]', says: /already/ },
  { text: 'recipes: [{ event-bridge: { speed: 1 } }]', path: 'recipes[0].event-bridge.speed', says: /unknown key/ },
  { text: 'recipes: event-bridge', path: 'recipes', says: /not allowed/ },
];

for (const { text, path, says } of REFUSED) {
  test(`${text.trim()} is refused at ${path}`, async (t) => {
    const directory = await createConfigDirectory(t);
    const problems = await directory.refuse(text);
    assert.deepEqual(
      problems.map((problem) => problem.path),
      [path],
    );
    assert.match(problems[0]?.message ?? '', says);
  });
}

test('the verdict of the expression checker gets the place of the expression', async (t) => {
  const directory = await createConfigDirectory(t);
  const text = 'rules:\n  - name: a\n    on: push\n    if: label ==\n    do: { trigger: x }\n';
  const [problem] = await directory.refuse(
    text,
    {},
    { ...LANGUAGE, checkExpression: (expression) => `"${expression}" is not finished` },
  );
  assert.deepEqual(
    { ...problem },
    {
      file: 'fettle.yaml',
      line: 4,
      column: 9,
      variable: null,
      path: 'rules[0].if',
      message: '"label ==" is not finished',
      allowed: null,
    },
  );
  assert.equal((await directory.load(text, {}, LANGUAGE)).config.rules[0]?.if, 'label ==');
});
