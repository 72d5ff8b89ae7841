import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkTemplate, compileTemplate, TemplateProblem, toPlacedText } from './template.ts';
import { OWN_FILTERS, toUrlPart } from './template-filters.ts';

/** Long enough for any of these on a busy machine. */
const LIMIT_MS = 60_000;
const render = (text: string, scope: object, escaping: 'none' | 'url' = 'none', limitMs = LIMIT_MS) =>
  compileTemplate(text, escaping).render(scope, limitMs);

/** The problem with a template, with its place. */
function fail(text: string, scope: object = {}, escaping: 'none' | 'url' = 'none', limitMs = LIMIT_MS): string {
  try {
    return `no problem: ${render(text, scope, escaping, limitMs)}`;
  } catch (error) {
    assert.ok(error instanceof TemplateProblem);
    return toPlacedText(error);
  }
}

const RENDERED: readonly [string, object, string][] = [
  ['[{{ repo.name }}] {{ commitCount }}', { repo: { name: 'app' }, commitCount: 3 }, '[app] 3'],
  ['{{ label }}|{{ head.ref }}', {}, '|'],
  [
    '{% for c in commits %}{{ c.id | short_sha }} {% endfor %}',
    { commits: [{ id: '0123456789abcdef' }] },
    '0123456789 ',
  ],
  ['{{ body | first_line }}', { body: '\n \n  Hello\r\nyou' }, 'Hello'],
  ['{{ body | one_line }}', { body: 'a\r\n\tb\u2028c\u0000d' }, 'a b c d'],
  ['{{ ref | branch }} {{ branch | branch }}', { ref: 'refs/heads/a/b', branch: 'c' }, 'a/b c'],
  ['{{ at | date: "%Y-%m-%d %H:%M" }}', { at: '2026-01-01T23:30:00Z' }, '2026-01-01 23:30'],
  ['{{ title | url_encode }}', { title: "a/b c?d=e&f#g'" }, 'a%2Fb%20c%3Fd%3De%26f%23g%27'],
  ['{{ body | json }}', { body: 'a"\n' }, '"a\\"\\n"'],
  ['{{ labels | join: ", " }}', { labels: ['a', 'b'] }, 'a, b'],
  ['{{ commits.size }} {{ commits | size }}', { commits: [1, 2] }, '2 2'],
  ['{{ title | default: "none" }}', {}, 'none'],
];

for (const [text, scope, expected] of RENDERED) {
  test(`${text} renders`, () => {
    assert.equal(checkTemplate(text), undefined);
    assert.equal(render(text, scope), expected);
  });
}

const REFUSED: readonly [string, RegExp][] = [
  ['{{ title', /line 1, column 1: output .* not closed/],
  ['a\n  {% if title %}b', /line 2, column 3: tag .* not closed/],
  ['a\n\n {{ title | shout }}', /line 3, column 2: undefined filter: shout/],
  ['{{ titel }}', /no variable `titel`; known variables: .*title/],
  ['{{ repo.fulName }}', /`repo` has no field `fulName`; known fields: .*fullName/],
  ['{% for c in comits %}{% endfor %}', /no variable `comits`/],
  ['{% include "/etc/passwd" %}', /tag "include" not found/],
  ['{% render "x" %}', /tag "render" not found/],
  ['{% layout "x" %}', /tag "layout" not found/],
  ['{% capture a %}{% endcapture %}', /tag "capture" not found/],
  ['{{ commits | where_exp: "c", "c.id" }}', /undefined filter: where_exp/],
  ['{{ commits | sample }}', /undefined filter: sample/],
  ['{{ title | inspect }}', /undefined filter: inspect/],
  [`${'x'.repeat(20_000)}{{ title }}`, /20011 characters; at most 16384/],
];

for (const [text, says] of REFUSED) {
  test(`${text.slice(-60)} is refused`, () => {
    assert.match(checkTemplate(text) ?? 'accepted', says);
  });
}

test('what a value says is never read as a template, and prototypes are out of reach', () => {
  assert.equal(render('{{ title }}', { title: '{{ repo }}{% if %}' }), '{{ repo }}{% if %}');
  assert.equal(
    render('{{ title.constructor }}{{ repo.__proto__ }}{{ labels.constructor.name }}', {
      title: 'x',
      repo: {},
      labels: [],
    }),
    '',
  );
  const scope = JSON.parse('{"repo":{"__proto__":{"name":"evil"},"toString":"x"}}') as object;
  assert.equal(render('{{ repo.name }}', scope), '');
});

test('a template that costs too much ends, with the place', () => {
  const commits = Array.from({ length: 100 }, () => ({ id: 'x'.repeat(1000) }));
  const loop = (inner: string) => `{% for i in commits %}${inner}{% endfor %}`;
  assert.match(fail(`{% for i in (1..100000000) %}x{% endfor %}`), /line 1, column 1: memory alloc limit exceeded/);
  assert.match(fail(loop(loop('{{ i.id | append: i.id }}')), { commits }), /memory alloc limit exceeded/);
  assert.match(fail(loop(loop('{{ i.id }}')), { commits }), /the text has 10000000 characters; at most 65536/);
  assert.match(fail(loop('x'), { commits }, 'none', 0), /template render limit exceeded/);
});

test('a value that a filter cannot take fails with the place and leaves the engine usable', () => {
  assert.match(fail('a\n {{ title | date: "%Y" }}', { title: 'now' }), /line 2, column 2: there is no "now"; use `at`/);
  assert.match(fail('{{ title | upcase }}', { title: { toString: 'x' } }), /line 1, column 1: /);
  assert.equal(render('{{ title }}', { title: 'x' }), 'x');
});

test('in an address every value stays one part, unless the writer says otherwise', () => {
  const url = (text: string, scope: object) => render(text, scope, 'url');
  assert.equal(
    url('https://d.example/run/{{ branch }}?a={{ title }}', { branch: '../x', title: 'a&b=c' }),
    'https://d.example/run/..%2Fx?a=a%26b%3Dc',
  );
  assert.equal(url('{{ branch | url_encode }}', { branch: 'a b' }), 'a%20b', 'not encoded twice');
  assert.equal(url('{{ vars.base | raw }}/x', { vars: { base: 'https://d.example' } }), 'https://d.example/x');
  assert.match(
    fail('https://d.example/a/{{ branch }}/b', { branch: '..' }, 'url'),
    /column 21: "\.\." cannot be a part/,
  );
  assert.match(fail('{{ branch }}', { branch: '.' }, 'url'), /cannot be a part/);
});

test('whatever the value, an address keeps its origin, its path and its number of parameters', () => {
  const template = compileTemplate('https://d.example/run/{{ title }}/end?q={{ title }}', 'url');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (title) => {
      if (title === '.' || title === '..') return;
      const url = new URL(template.render({ title }, LIMIT_MS));
      assert.equal(url.origin, 'https://d.example');
      const parts = url.pathname.split('/');
      assert.deepEqual([parts.length, parts[1], parts[3]], [4, 'run', 'end']);
      assert.deepEqual([...url.searchParams.keys()], ['q']);
      assert.equal(decodeURIComponent(toUrlPart(title)), title.toWellFormed());
    }),
  );
});

test('any text is a template or is refused, and every own filter takes any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('{{', '{%', '{{ title |'), (text, start) => {
      checkTemplate(`${start}${text}`);
    }),
  );
  const filters = Object.keys(OWN_FILTERS).filter((name) => name !== 'date');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...filters), (title, filter) => {
      assert.equal(typeof render(`{{ title | ${filter} }}`, { title: `x${title}` }), 'string');
    }),
  );
});
