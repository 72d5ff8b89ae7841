import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listForms } from '../../src/actions/definition.ts';
import { ACTIONS } from '../../src/actions/registry.ts';
import { createActionPages } from './action-pages.ts';
import { listKindsWith } from './forge-abilities.ts';

const pages = createActionPages();

for (const action of ACTIONS.all) {
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
  for (const { name } of ACTIONS.all) assert.equal(index.split(`(${name}.md)`).length, 2, name);
});

test('what a kind of forge can do is asked of its driver', () => {
  assert.ok(listKindsWith('labels').includes('Gitea'));
  assert.ok(!listKindsWith('labels').includes('Bitbucket Cloud'), 'Bitbucket has no labels');
});
