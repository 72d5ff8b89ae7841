import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { listForms } from '../src/actions/definition.ts';
import { RULE_ACTIONS } from '../src/actions/registry.ts';
import { z } from 'zod';
import { RECIPES } from '../src/config/recipes.ts';
import { TRIGGER_ACTION } from '../src/config/rule-language.ts';
import type { Action } from '../src/jobs/contract.ts';
import { createActionPages } from './docs/action-pages.ts';
import { listHookLevels, listKindsWith } from './docs/forge-abilities.ts';

const pages = createActionPages();

for (const action of RULE_ACTIONS) {
  test(`the page of ${action.name} has its summary, its examples and every field`, () => {
    const text = pages[`docs/actions/${action.name}.md`]?.() ?? '';
    assert.ok(text.includes(action.summary));
    assert.ok(action.examples.length > 0, 'an action has an example');
    for (const { yaml } of action.examples) assert.ok(text.includes(yaml.trim().split('\n')[0] ?? yaml));
    for (const { when, fields } of listForms(action)) {
      assert.ok(when === null || text.includes(`### ${when.field}: ${when.value}`));
      for (const { path, description } of fields) {
        assert.ok(text.includes(`\`${path}\``), path);
        assert.notEqual(description, '', `${path} is described`);
      }
    }
    assert.doesNotMatch(text, /undefined|\[object/);
  });
}

test('the index leads to every page once', () => {
  const index = pages['docs/actions/README.md']?.() ?? '';
  for (const { name } of RULE_ACTIONS) assert.equal(index.split(`(${name}.md)`).length, 2, name);
});

test('what a kind of forge can do is asked of its driver', () => {
  assert.ok(listKindsWith('labels').includes('Gitea'));
  assert.ok(!listKindsWith('labels').includes('Bitbucket Cloud'), 'Bitbucket has no labels');
});

test('docs/runs.md names every action under the way in which a repeat of it is recognised', () => {
  const runs = readFileSync(new URL('../docs/runs.md', import.meta.url), 'utf8');
  const section = runs.split('\n## What is never done twice\n')[1]?.split('\n## ')[0] ?? '';
  const rows = new Map(
    [...section.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)].map(([, how = '', names = '']) => [
      how,
      names.match(/[\w.]+/g),
    ]),
  );
  for (const { name, idempotency, needs } of RULE_ACTIONS) {
    const how = [...rows].find(([, names]) => names?.includes(name))?.[0] ?? 'no row';
    assert.match(how, toWords(name, idempotency, needs.length > 0), name);
  }
});

function toWords(name: string, idempotency: Action['idempotency'], isOnForge: boolean): RegExp {
  if (name === TRIGGER_ACTION) return /one transaction/;
  if (idempotency === 'key') return isOnForge ? /already as wanted/ : /honours a key/;
  return idempotency === 'marker' ? /hidden mark/ : /not at all/;
}

test('docs/webhooks.md says where each kind of forge can have webhooks', () => {
  const page = readFileSync(new URL('../docs/webhooks.md', import.meta.url), 'utf8');
  for (const [name, levels] of listHookLevels()) {
    const cells = ['repository', 'organisation', 'system'].map((level) => (levels.includes(level) ? 'yes' : 'no'));
    assert.match(page, new RegExp(`^\\| ${name} +\\| ${cells.join(' +\\| ')} +\\|$`, 'm'), name);
  }
});

test('docs/recipes.md has a section for every recipe and a row with the default of every parameter', () => {
  const page = readFileSync(new URL('../docs/recipes.md', import.meta.url), 'utf8');
  for (const [name, { parameters }] of Object.entries(RECIPES)) {
    const section = page.split(`\n## ${name}\n`)[1]?.split('\n## ')[0];
    assert.ok(section !== undefined, `no section for ${name}`);
    const { properties = {}, required = [] } = z.toJSONSchema(parameters, { io: 'input' });
    const rows = new Map(
      [...section.matchAll(/^\| `(\w+)` +\| .+? +\| (.+?) +\|$/gm)].map(([, parameter, initial]) => [
        parameter,
        initial,
      ]),
    );
    assert.deepEqual([...rows.keys()], Object.keys(properties), name);
    for (const [parameter, schema] of Object.entries(properties)) {
      const { default: initial } = schema as { default?: unknown };
      const shown = rows.get(parameter);
      if (typeof initial === 'string') assert.equal(shown, `\`${initial}\``);
      else assert.equal(shown === '**required**', required.includes(parameter), parameter);
    }
  }
});
