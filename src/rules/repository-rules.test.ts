import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ACTIONS } from '../actions/registry.ts';
import { CATALOG, toEvent, toRuleSet } from './examples.testsuite.ts';
import { findRepositoryAllowance, parseRepositoryRules } from './repository-rules.ts';

const REPO = { forge: 'home', fullName: 'dataforge/app' };
const ALLOWANCE = { actions: ['room.notify', 'comment.post'], reach: ['room:#team-*', '!room:#team-secret:x'] };

const parse = (text: string, allowance = ALLOWANCE) => parseRepositoryRules(text, REPO, allowance, CATALOG);

/** What the rules of a text do on an event, beside a hub without rules. */
function match(text: string, event = toEvent()) {
  const { rules, problems } = parse(text);
  assert.deepEqual(problems, []);
  return toRuleSet([], { secret: 'of the hub' }, { repositoryRules: () => rules }).match(event);
}

const notify = (input: string) => `rules: [{ name: a, on: push, do: { room.notify: { ${input} } } }]`;

test('rules of a repository match its own events and name where they come from', () => {
  const text =
    'vars: { room: "#team-a:x" }\nrules: [{ name: a, on: push, do: { room.notify: { room: "{{ vars.room }}" } } }]';
  const [found, ...more] = match(text);
  assert.deepEqual(more, []);
  assert.equal(found?.source, 'dataforge/app');
  assert.deepEqual(found.runs[0]?.input, { room: '#team-a:x' });
  assert.equal(found.runs[0].source, 'dataforge/app');
  const elsewhere = { fullName: 'dataforge/other', owner: 'dataforge', name: 'other' };
  assert.deepEqual(match(text, toEvent({ repo: elsewhere })), []);
  assert.deepEqual(match(text, toEvent({ forge: 'vault' })), []);
  assert.deepEqual(match(text, toEvent({ repo: undefined })), []);
  assert.deepEqual(match(text, toEvent({ own: true })), []);
});

test('they are explained and asked for permissions like any other, and have other ids than the hub’s', () => {
  const text =
    'rules: [{ name: r, on: comment.created, permission: write, do: { room.notify: { room: "#team-a:x" } } }]';
  const { rules } = parse(text);
  const hub = { name: 'r', do: [{ action: 'room.notify', input: { room: '#team-a:x' } }] };
  const set = toRuleSet([{ ...hub, on: ['comment.created'] }], {}, { repositoryRules: () => rules });
  const event = toEvent({ type: 'comment.created' });
  assert.deepEqual(
    set.explain(event).map(({ rule, source, matched }) => [rule, source, matched]),
    [
      ['r', null, true],
      ['r', 'dataforge/app', true],
    ],
  );
  assert.equal(set.asksForPermission(event), true);
  assert.equal(new Set(set.match(event).flatMap(({ runs }) => runs.map(({ id }) => id))).size, 2);
});

test('rules that come to be known after the first question about an event still count', () => {
  const { rules } = parse(notify('room: "#team-a:x"'));
  let known: typeof rules = [];
  const set = toRuleSet([{}], {}, { repositoryRules: () => known });
  const event = toEvent();
  assert.equal(set.match(event).length, 1);
  known = rules;
  assert.deepEqual(
    set.match(event).map(({ source }) => source),
    [null, 'dataforge/app'],
  );
});

test('the variables of the hub are not theirs', () => {
  const [found] = match(notify('room: "#team-a:x", text: "[{{ vars.secret }}]"'));
  assert.deepEqual(found?.runs[0]?.input, { room: '#team-a:x', text: '[]' });
});

const FORBIDDEN: readonly [string, string, RegExp][] = [
  ['another room', 'room.notify: { room: "#other:x" }', /room:#other:x is outside/],
  ['an excluded room', 'room.notify: { room: "#team-secret:x" }', /room:#team-secret:x is outside/],
  ['a room that a value makes', 'room.notify: { room: "{{ title }}" }', /room:#admins:x is outside/],
  ['another repository', 'comment.post: { text: x, repo: dataforge/other }', /repo:home\/dataforge\/other is outside/],
  ['another forge', 'comment.post: { text: x, forge: vault }', /forge:vault is outside/],
];

for (const [what, action, says] of FORBIDDEN) {
  test(`a run that would reach ${what} is planned as forbidden`, () => {
    const [found] = match(`rules: [{ name: a, on: push, do: { ${action} } }]`, toEvent({ title: '#admins:x' }));
    const run = found?.runs[0];
    assert.equal(run?.input, null);
    assert.equal(run.problem?.code, 'action_forbidden');
    assert.match(run.problem.detail, says);
    assert.match(run.problem.detail, /Ask who runs the hub/);
    assert.deepEqual([run.destination, run.orderKey, run.credential], ['none', null, null]);
  });
}

test('their own repository is always within reach', () => {
  const [found] = match('rules: [{ name: a, on: push, do: { comment.post: { text: x } } }]');
  assert.equal(found?.runs[0]?.problem, null);
});

test('without reach nothing but their own repository is reached', () => {
  const { rules } = parse(notify('room: "#team-a:x"'), { actions: ['room.notify'], reach: [] });
  const [found] = toRuleSet([], {}, { repositoryRules: () => rules }).match(toEvent());
  assert.equal(found?.runs[0]?.problem?.code, 'action_forbidden');
  const negative = parse(notify('room: "#team-a:x"'), { actions: ['room.notify'], reach: ['!room:#b:x'] });
  const [other] = toRuleSet([], {}, { repositoryRules: () => negative.rules }).match(toEvent());
  assert.equal(other?.runs[0]?.problem?.code, 'action_forbidden');
});

/** Texts that are refused as a whole. */
const REFUSED_FILES: readonly [string, string, RegExp][] = [
  ['a large file', `# ${'x'.repeat(65_536)}`, /larger than 64 KiB/],
  ['an alias', 'vars: { a: &a x, b: *a }', /aliases .* are not read here/],
  [
    'a bomb of aliases',
    `a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nrules: [*c,*c]`,
    /aliases/,
  ],
  ['too deep a nest', `rules: ${'['.repeat(30_000)}`, /./],
  ['what is not YAML', 'rules: [', /./],
  ['a list', '- a', /must hold a map/],
  ['another key', 'forges: {}', /unknown key/],
  ['more than 50 rules', `rules: [${'{ name: a },'.repeat(51)}]`, /not allowed/],
  ['a reference', 'vars: { a: "${env:HOME}" }', /references are never resolved/],
];

for (const [what, text, says] of REFUSED_FILES) {
  test(`${what} is refused and leaves no rules`, () => {
    const { rules, problems } = parse(text);
    assert.deepEqual(rules, []);
    assert.match(problems.map(({ message }) => message).join('\n'), says);
    assert.equal(problems[0]?.file, '.fettle.yaml');
  });
}

/** Rules that are left out, with the place and the reason. */
const REFUSED_RULES: readonly [string, string, RegExp][] = [
  ['repos: other/*', 'rules[1].repos', /only ever match events of this repository/],
  ['forges: vault', 'rules[1].forges', /only ever match events of this repository/],
  ['schedule: "0 7 * * *"', 'rules[1].schedule', /the configuration of the hub can/],
  ['priority: 1000', 'rules[1].priority', /the configuration of the hub can/],
  ['branch: main', 'rules[1].branch', /did you mean branches/],
  ['if: nope ==', 'rules[1].if', /Not a CEL expression/],
  ['do: { number.count: { number: "1" } }', 'rules[1].do.number.count', /may never use number\.count/],
  ['do: { trigger: pipeline }', 'rules[1].do.trigger', /does not let this repository use trigger\.raise/],
  ['do: { comment.pots: { text: x } }', 'rules[1].do.comment.pots', /did you mean comment\.post/],
  ['do: { room.notify: { room: "#team-a:x", token: "${cmd:id}" } }', 'rules[1].do.room.notify.token', /never resolved/],
  ['do: { room.notify: { room: "#team-a:x", token: plain } }', 'rules[1].do.room.notify.token', /cannot use secrets/],
  [
    'do: { room.notify: { room: "#team-a:x", text: "a ${file:/etc/passwd}" } }',
    'rules[1].do.room.notify.text',
    /never resolved/,
  ],
  [
    'do: { room.notify: { room: "#team-a:x", text: "{% include x %}" } }',
    'rules[1].do.room.notify.text',
    /"include" not found/,
  ],
  ['name: a', 'rules[1].name', /another rule is also called "a"/],
];

for (const [fields, path, says] of REFUSED_RULES) {
  test(`a rule with ${fields} is left out, at ${path}, and the others stay`, () => {
    const base = { name: 'name: b', on: 'on: push', do: 'do: { room.notify: { room: "#team-b:x" } }' };
    const key = fields.split(':')[0] ?? '';
    const own = Object.entries(base)
      .filter(([name]) => name !== key)
      .map(([, text]) => text);
    const text = `rules:\n  - { name: a, on: push, do: { room.notify: { room: "#team-a:x" } } }\n  - { ${[...own, fields].join(', ')} }\n`;
    const { rules, problems } = parse(text);
    assert.deepEqual(
      rules.map((rule) => rule.config.name),
      ['a'],
    );
    assert.deepEqual(problems[0]?.path, path);
    assert.equal(problems[0].line, 3);
    assert.match(problems.map(({ message }) => message).join('\n'), says);
    assert.doesNotMatch(JSON.stringify(problems), /plain"/);
  });
}

test('rules of a repository share the time that their templates may take for one event', () => {
  const loop =
    '{% for a in commits %}{% for b in commits %}{% for c in commits %}{% for d in commits %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}';
  const many = Array.from(
    { length: 20 },
    (_, i) => `  - { name: r${i}, on: push, do: { room.notify: { room: "#team-a:x", text: "${loop}" } } }`,
  );
  const commits = Array.from({ length: 100 }, () => ({ id: 'a', message: 'b' }));
  const found = match(`rules:\n${many.join('\n')}`, toEvent({ commits }));
  assert.equal(found.length, 20);
  for (const { runs } of found) {
    assert.equal(runs[0]?.problem?.code, 'template_failed');
    assert.match(runs[0].problem.detail, /render limit exceeded/);
  }
});

test('what the configuration allows a repository is the sum of the entries that name it', () => {
  const config = {
    repositoryRules: [
      { forges: [], repos: ['dataforge/*', '!dataforge/archive'], actions: ['a'], reach: ['room:#a:x'] },
      { forges: ['home'], repos: ['dataforge/app'], actions: ['b'], reach: [] },
    ],
  };
  const find = (forge: string, fullName: string) => findRepositoryAllowance(config, forge, fullName);
  assert.deepEqual(find('home', 'dataforge/app'), { actions: ['a', 'b'], reach: ['room:#a:x'] });
  assert.deepEqual(find('vault', 'dataforge/app'), { actions: ['a'], reach: ['room:#a:x'] });
  assert.equal(find('home', 'dataforge/archive'), null);
  assert.equal(find('home', 'other/app'), null);
  assert.equal(findRepositoryAllowance({ repositoryRules: [] }, 'home', 'dataforge/app'), null);
});

test('the example in the manual is a file that works with what the manual allows there', () => {
  const manual = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
  const [, text = ''] = /```yml\n(.*?)```/s.exec(manual) ?? [];
  const allowance = { actions: ['matrix.notify'], reach: ['room:#team-*'] };
  const { rules, problems } = parseRepositoryRules(text, REPO, allowance, ACTIONS);
  assert.deepEqual(problems, []);
  const set = toRuleSet([], {}, { repositoryRules: () => rules });
  const commits = [{ id: 'a', message: 'b', added: ['docs/a.md'] }];
  assert.equal(set.match(toEvent({ commits }))[0]?.runs[0]?.problem, null);
});
