import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleConfig } from '../config/config.ts';
import { toEvent, toRuleSet } from './examples.testsuite.ts';
import type { UnsequencedEvent } from './rule-set.ts';

const commit = (paths: { added?: string[]; modified?: string[]; removed?: string[] }) => ({
  id: 'a'.repeat(40),
  message: 'x',
  ...paths,
});
const ada = { login: 'ada', bot: false };
const renovate = { login: 'renovate[bot]', bot: true };
const pull = (base: string) => ({ type: 'pull.opened', branch: 'topic', base: { ref: base } }) as const;

/** The whole language of conditions: what a rule says, what an event says, and the condition that fails, if one does. */
const CASES: readonly [Partial<RuleConfig>, Partial<UnsequencedEvent>, string | null][] = [
  [{}, {}, null],
  [{ enabled: false }, {}, 'enabled'],
  [{ on: ['issue.*'] }, {}, 'on'],
  [{ on: ['*.opened', '!issue.*'] }, { type: 'issue.opened' }, 'on'],
  [{ on: ['*.opened', '!issue.*'] }, { type: 'pull.opened' }, null],
  [{ on: [], schedule: '0 7 * * *' }, {}, 'on'],

  [{ on: ['**'] }, { own: true }, 'own'],
  [{ on: ['**'] }, { stale: true }, 'stale'],
  [{ on: ['**'] }, { stale: true, origin: 'replay' }, null],
  [{ on: ['**'] }, { own: true, origin: 'replay' }, 'own'],
  [{ on: ['**'] }, { type: 'trigger.raised', trigger: 't' }, 'trigger'],

  [{ forges: ['home'] }, {}, null],
  [{ forges: ['github*', 'h?me'] }, {}, null],
  [{ forges: ['!home'] }, {}, 'forges'],

  [{ repos: ['DataForge/*'] }, {}, null],
  [{ repos: ['dataforge/*', '!dataforge/app'] }, {}, 'repos'],
  [{ repos: ['*'] }, {}, 'repos'],
  [{ repos: ['**'] }, { repo: undefined }, 'repos'],
  [{}, { repo: undefined }, null],

  [{ branches: ['main'] }, { branch: 'main' }, null],
  [{ branches: ['release/*'] }, { branch: 'release/1/x' }, 'branches'],
  [{ branches: ['release/**'] }, { branch: 'release/1/x' }, null],
  [{ branches: ['!main'] }, { branch: 'main' }, 'branches'],
  [{ branches: ['!main'] }, { tag: 'v1' }, 'branches'],
  [{ on: ['pull.*'], branches: ['main'] }, pull('main'), null],
  [{ on: ['pull.*'], branches: ['topic'] }, pull('main'), 'branches'],

  [{ paths: ['docs/**'] }, { commits: [commit({ added: ['docs/a/b.md'] })] }, null],
  [{ paths: ['docs/**'] }, { commits: [commit({ modified: ['src/a.ts'], removed: ['docs/x'] })] }, null],
  [{ paths: ['docs/**'] }, { commits: [commit({ added: [], modified: ['src/a.ts'], removed: [] })] }, 'paths'],
  [{ paths: ['**', '!docs/**'] }, { commits: [commit({ added: ['docs/a', 'src/a'] })] }, null],
  [{ paths: ['**', '!docs/**'] }, { commits: [commit({ added: ['docs/a'] })] }, 'paths'],
  [{ paths: ['docs/**'] }, { commits: [commit({})] }, null],
  [{ paths: ['docs/**'] }, { commits: [commit({ added: ['x'] }), commit({})] }, null],
  [{ paths: ['docs/**'] }, { commits: [commit({ added: ['x'] })], commitCount: 30 }, null],
  [{ paths: ['docs/**'] }, { commits: [], commitCount: 0 }, 'paths'],
  [{ paths: ['docs/**'] }, {}, null],
  [{ paths: ['docs/**'] }, { deleted: true }, 'paths'],
  [{ on: ['comment.*'], paths: ['docs/**'] }, { type: 'comment.created', path: 'src/a.ts' }, 'paths'],
  [{ on: ['comment.*'], paths: ['docs/**'] }, { type: 'comment.created', path: 'docs/a.md' }, null],

  [{ actors: ['ada', 'grace'] }, { actor: ada }, null],
  [{ actors: ['grace'] }, { actor: ada }, 'actors'],
  [{ actors: ['*[bot]'] }, { actor: renovate }, null],
  [{ actors: ['*[bot]'] }, { actor: { login: 'robot', bot: false } }, 'actors'],
  [{ actors: ['!*[bot]'] }, { actor: renovate }, 'actors'],
  [{ actors: ['!*[bot]'] }, { actor: { login: 'bob', bot: false } }, null],
  [{ actors: ['!ci'] }, {}, null],
  [{ actors: ['*', '!ci'] }, {}, 'actors'],

  [{ if: 'branch == "main"' }, { branch: 'main' }, null],
  [{ if: 'branch == "main"' }, {}, 'if'],
  [{ if: 'commitCount > 3' }, {}, 'if'],
  [{ if: 'branch == vars.trunk' }, { branch: 'trunk' }, null],
  [{ if: 'branch == vars.nothing' }, { branch: 'trunk' }, 'if'],

  [{ permission: 'write' }, { permission: 'read' }, 'permission'],
  [{ permission: 'write' }, { permission: 'admin' }, null],
  [{ permission: 'write' }, { permission: 'unknown' }, null],
  [{ permission: 'write' }, {}, null],
];

for (const [rule, event, failed] of CASES) {
  const name = `${JSON.stringify(rule)} and ${JSON.stringify(event)}`.slice(0, 140);
  test(`${name}: ${failed === null ? 'matches' : `${failed} fails`}`, () => {
    const set = toRuleSet([rule], { trunk: 'trunk' });
    const subject = toEvent(event);
    assert.equal(set.match(subject).length, failed === null ? 1 : 0);
    assert.equal(set.explain(subject)[0]?.failed?.condition ?? null, failed);
  });
}

test('rules are asked and answer by priority, then as written', () => {
  const set = toRuleSet([{ name: 'a' }, { name: 'b', priority: 10 }, { name: 'c', priority: -1 }, { name: 'd' }]);
  const names = ['b', 'a', 'd', 'c'];
  assert.deepEqual(
    set.rules.map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    set.match(toEvent()).map(({ rule }) => rule),
    names,
  );
});

test('a permission is looked up only where a rule would match but for it', () => {
  const set = toRuleSet([{ on: ['comment.created'], permission: 'write', if: '"/go" in commands' }, { name: 'other' }]);
  const asks = (event: Partial<UnsequencedEvent>) => set.asksForPermission(toEvent(event));
  assert.equal(asks({ type: 'comment.created', body: '/go' }), true);
  assert.equal(asks({ type: 'comment.created', body: 'no' }), false);
  assert.equal(asks({ type: 'comment.created', body: '/go', permission: 'read' }), false);
  assert.equal(asks({ type: 'comment.created', body: '/go', own: true }), false);
  assert.equal(asks({}), false);
});
