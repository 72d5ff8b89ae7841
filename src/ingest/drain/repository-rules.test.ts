import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../test/databases.ts';
import { ACTIONS } from '../../actions/registry.ts';
import type { UnsequencedEvent } from '../../rules/rule-set.ts';
import { createRepositoryRuleReader } from './repository-rules.ts';

const REPO = { fullName: 'dataforge/app', owner: 'dataforge', name: 'app', defaultBranch: 'main' };
const ALLOWED = { repos: ['dataforge/*'], forges: [], actions: ['trigger.raise'], reach: [] };

function toFile(trigger: string): Buffer {
  return Buffer.from(`rules:\n  - name: ours\n    on: push\n    do: { trigger: ${trigger} }\n`);
}

function createTrial(isAllowed = true) {
  const state = { file: toFile('first') as Buffer | undefined, fails: false, asked: 0, nowMs: 0 };
  const reader = createRepositoryRuleReader({
    config: () => ({ repositoryRules: isAllowed ? [ALLOWED] : [] }),
    findFile: async () => {
      state.asked += 1;
      if (state.fails) throw new Error('the forge is away');
      return state.file;
    },
    catalog: ACTIONS,
    clock: () => state.nowMs,
    log: silentLog,
  });
  const read = async (event: Partial<UnsequencedEvent>) => {
    await reader.ensure({ type: 'issue.opened', forge: 'home', repo: REPO, ...event } as UnsequencedEvent);
    return reader.list('home', 'Dataforge/App').flatMap(({ triggers }) => triggers);
  };
  return { reader, state, read };
}

test('the rules of a repository are read once, kept for a while, and read anew after a push to the default branch', async () => {
  const { state, read } = createTrial();
  assert.deepEqual(await read({}), ['first']);
  state.file = toFile('second');
  assert.deepEqual(await read({}), ['first']);
  assert.deepEqual(await read({ type: 'push', branch: 'topic' }), ['first']);
  assert.equal(state.asked, 1);
  assert.deepEqual(await read({ type: 'push', branch: 'main' }), ['second']);
  state.file = undefined;
  state.nowMs += 601_000;
  assert.deepEqual(await read({}), []);
});

test('while the forge does not answer, what was read last stays, and the forge is left alone for a while', async () => {
  const { state, read } = createTrial();
  assert.deepEqual(await read({}), ['first']);
  state.fails = true;
  state.nowMs += 601_000;
  assert.deepEqual(await read({}), ['first']);
  assert.deepEqual(await read({}), ['first']);
  assert.equal(state.asked, 2);
});

test('a file that cannot be read as rules gives none, and nothing is read where nothing is allowed', async () => {
  const { state, read } = createTrial();
  state.file = Buffer.from('rules: [: :');
  assert.deepEqual(await read({}), []);
  const closed = createTrial(false);
  assert.deepEqual(await closed.read({}), []);
  assert.equal(closed.state.asked, 0);
});
