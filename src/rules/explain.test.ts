import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RuleConfig } from '../config/config.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { notifies, raises, toEvent, toRuleSet } from './examples.testsuite.ts';
import type { UnsequencedEvent } from './rule-set.ts';

const commit = { id: 'a', message: 'x', added: ['src/a.ts'], modified: [], removed: [] };

const FAILED: readonly [Partial<RuleConfig>, Partial<UnsequencedEvent>, string, string][] = [
  [{ enabled: false }, {}, 'true', 'false: the rule is switched off'],
  [{ on: ['issue.*', 'ping'] }, {}, 'issue.*, ping', 'push'],
  [
    {},
    { own: true, actor: { login: 'fettle', bot: true } },
    'something that others did',
    `"fettle" is one of the hub's own accounts`,
  ],
  [
    {},
    { stale: true, occurredAt: '2020-01-01T00:00:00Z' },
    'an event younger than the memory for delivery ids',
    'it happened at 2020-01-01T00:00:00Z',
  ],
  [{ forges: ['vault'] }, {}, 'vault', 'home'],
  [{ repos: ['x/*', '!x/y'] }, {}, 'x/*, !x/y', 'dataforge/app'],
  [{ repos: ['x/*'] }, { repo: undefined }, 'x/*', 'no repository'],
  [{ branches: ['main'] }, { branch: 'a\u001b[31m\nb' }, 'main', 'a [31m b'],
  [{ branches: ['main'] }, { tag: 'v1' }, 'main', 'no branch'],
  [{ paths: ['docs/**'] }, { commits: [commit] }, 'docs/**', 'src/a.ts'],
  [{ actors: ['!ada'] }, { actor: { login: 'ada', bot: false } }, '!ada', 'ada'],
  [{ if: 'label == "x" && number > 3' }, { label: 'y' }, 'label == "x" && number > 3', 'label = "y"; number = null'],
  [
    { if: 'number > 3' },
    {},
    'number > 3',
    "number = null; it cannot be answered: found no matching overload for '_>_' applied to '(null_type, int)'",
  ],
  [
    { if: 'commits.exists(c, c.id == title)' },
    { commits: [], title: 'é'.repeat(200) },
    'commits.exists(c, c.id == title)',
    `commits = []; title = "${'é'.repeat(79)}…`,
  ],
  [{ permission: 'write' }, { permission: 'read' }, 'at least write', 'read'],
];

for (const [rule, event, wanted, actual] of FAILED) {
  test(`a rule with ${JSON.stringify(rule)} tells what it wanted and what it got`, () => {
    const [explanation] = toRuleSet([rule]).explain(toEvent(event));
    assert.equal(explanation?.matched, false);
    assert.deepEqual([explanation.failed?.wanted, explanation.failed?.actual], [wanted, actual]);
    assert.deepEqual([explanation.runs, explanation.triggers], [[], []]);
  });
}

test('a rule that matches tells what it does and what was assumed', () => {
  const set = toRuleSet([
    {
      paths: ['docs/**'],
      permission: 'write',
      do: [raises('t'), notifies(), notifies({ text: '{{ title | date }}' })],
    },
  ]);
  const event = toEvent({ title: 'now' });
  const [explanation] = set.explain(event);
  const runs = set.match(event)[0]?.runs ?? [];
  assert.equal(explanation?.matched, true);
  assert.equal(explanation.failed, undefined);
  assert.deepEqual(explanation.triggers, ['t']);
  assert.deepEqual(
    explanation.runs,
    runs.map(({ action, id, destination }) => ({ action, id, destination })),
  );
  const [paths, permission, template, ...more] = explanation.notes;
  assert.match(paths ?? '', /`paths`: the forge does not tell all files/);
  assert.match(permission ?? '', /`permission`: nobody tells/);
  assert.match(template ?? '', /Rule `r`, room\.notify, `text`/);
  assert.deepEqual(more, []);
});

const names = fc.constantFrom('main', 'docs/a', 'ada', 'ci[bot]', 'dataforge/app', 'home', 'x');
const globs = fc.array(
  fc.oneof(
    names,
    names.map((name) => `!${name}`),
    fc.constantFrom('*', '**', 'd*/*', '!d*'),
  ),
  { maxLength: 2 },
);
const rules = fc.record({
  enabled: fc.boolean(),
  on: fc.array(fc.constantFrom('push', '**', 'pull.*', '!push', '!*.opened'), { minLength: 1, maxLength: 2 }),
  forges: globs,
  repos: globs,
  branches: globs,
  paths: globs,
  actors: globs,
  if: fc.constantFrom(null, 'branch == "main"', 'number > 3', 'actor != null && actor.bot', 'vars.x == "1"'),
  permission: fc.constantFrom(null, 'write' as const),
  do: fc.constantFrom([raises('t')], [notifies({ text: '{{ title | date }}' })]),
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const events = fc.record({
  type: fc.constantFrom(...EVENT_TYPE_NAMES),
  own: optional(fc.constant(true)),
  stale: optional(fc.constant(true)),
  branch: optional(names),
  base: optional(fc.record({ ref: names })),
  title: optional(names),
  number: optional(fc.nat(5).map((n) => n + 1)),
  actor: optional(fc.record({ login: names, bot: fc.boolean() })),
  permission: optional(fc.constantFrom('read' as const, 'write' as const)),
  commits: optional(
    fc.array(fc.record({ id: names, message: names, added: optional(fc.array(names)) }), { maxLength: 2 }),
  ),
  deleted: optional(fc.boolean()),
});

test('what is explained as a match is a match, with the same runs, and the other way round', () => {
  fc.assert(
    fc.property(fc.array(rules, { minLength: 1, maxLength: 4 }), events, (some, fields) => {
      const set = toRuleSet(some.map((rule, i) => ({ ...rule, name: `r${i}` })));
      const event = toEvent(fields);
      const explained = set.explain(event);
      assert.deepEqual(
        explained
          .filter(({ matched }) => matched)
          .map(({ rule, triggers, runs }) => [rule, triggers, runs.map(({ id }) => id)]),
        set.match(event).map(({ rule, triggers, runs }) => [rule, triggers, runs.map(({ id }) => id)]),
      );
      assert.ok(explained.every(({ matched, failed }) => matched === (failed === undefined)));
      const before = set.asksForPermission(event);
      assert.equal(set.asksForPermission({ ...event }), before, 'what is remembered of an event changes no answer');
    }),
    { numRuns: 300 },
  );
});
