import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FettleError } from '../core/errors.ts';
import { createEventMatcher, type EventFields } from '../core/event-filter.ts';
import { toFilter } from './filter.ts';

const EVENT: EventFields = {
  forge: 'home',
  type: 'issue.labeled',
  repo: 'Dataforge/app',
  actor: 'ada',
  label: 'start-pipeline',
  trigger: null,
  action: 'label_updated',
};

function matches(
  query: Parameters<typeof toFilter>[0],
  event: Partial<EventFields> = {},
  scopes: string[] = [],
): boolean {
  const principal = { name: 'test', role: 'viewer', scopes: { repos: scopes }, via: 'token' } as const;
  return createEventMatcher(toFilter(query, principal))({ ...EVENT, ...event });
}

test('a filter joins its parameters by and, and the values of one parameter by or', () => {
  assert.equal(matches({ forge: 'home,work', type: ['push', 'issue.*'], actor: 'ada' }), true);
  assert.equal(matches({ forge: 'home', actor: 'bob' }), false);
  assert.equal(matches({ label: 'start-pipeline' }), true);
  assert.equal(matches({ trigger: 'pipeline' }), false);
});

test('a repository filter ignores case, keeps commas inside braces together and understands negation', () => {
  assert.equal(matches({ repo: 'dataforge/*' }), true);
  assert.equal(matches({ repo: '{other,dataforge}/app' }), true);
  assert.equal(matches({ repo: 'dataforge/*,!dataforge/app' }), false);
  assert.equal(matches({ repo: '!dataforge/app' }, { repo: null }), false);
});

test('an action is the verb of the type or what the forge calls it', () => {
  assert.equal(matches({ action: 'labeled' }), true);
  assert.equal(matches({ action: 'LABEL_updated' }), true);
  assert.equal(matches({ action: 'opened' }), false);
});

test('a scoped principal sees no event without a repository and none outside its globs', () => {
  assert.equal(matches({}, {}, ['dataforge/*']), true);
  assert.equal(matches({}, { repo: null }, ['dataforge/*']), false);
  assert.equal(matches({ repo: 'other/*' }, { repo: 'other/app' }, ['dataforge/*']), false);
});

test('an empty parameter asks for nothing', () => {
  assert.equal(matches({ repo: '', type: ' , ' }), true);
});

for (const [parameter, value] of [
  ['forge', 'Not A Forge'],
  ['type', 'pull.nonsense'],
  ['type', '!push,push'],
  ['repo', 'a*b*c*d*e*f'],
  ['repo', '(a+)+'],
  ['repo', '!'],
  ['label', 'x'.repeat(300)],
  ['actor', Array.from({ length: 101 }, (_, index) => `a${index}`).join()],
  ['trigger', 'a\0b'],
] as const) {
  test(`the ${parameter} filter ${JSON.stringify(value.slice(0, 20))} is refused by name`, () => {
    assert.throws(
      () => toFilter({ [parameter]: value }, null),
      (error) =>
        error instanceof FettleError &&
        error.code === 'invalid_request' &&
        error.message.includes(`parameter ${parameter}`),
    );
  });
}
