import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { SHA } from '../../../test/fake-forge/state.ts';
import { createWorld } from '../../../test/fake-forge/world.ts';
import { toRepository } from '../write-contract.testsuite.ts';

async function open(t: TestContext) {
  const forge = await startFakeForge(t, { kind: 'gitea' });
  const { subjects, pulls } = forge.api();
  assert.ok(subjects && pulls);
  return { forge, world: createWorld(forge), repo: toRepository(forge), subjects, pulls };
}

const DAY_MS = 86_400_000;

describe('reading the work on Gitea', () => {
  it('asks of a long conversation only for what changed lately, and goes further back until it has enough', async (t) => {
    const { forge, world, repo, subjects } = await open(t);
    const issue = await world.openIssue('ada', { title: 'Long' });
    const endMs = Date.parse('2026-03-14T00:00:00Z');
    const write = (body: string, daysAgo: number, editedDaysAgo = daysAgo) => {
      const toTime = (days: number) => new Date(endMs - days * DAY_MS).toISOString();
      const id = forge.state.nextId();
      const [createdAt, updatedAt] = [toTime(daysAgo), toTime(editedDaysAgo)];
      issue.comments.push({ id, body, author: issue.author, createdAt, updatedAt, version: 0 });
    };
    for (let count = 0; count < 400; count += 1) write(`old ${count}`, 300 - count / 10, count < 20 ? 1 : undefined);
    for (let count = 0; count < 10; count += 1) write(`spring ${count}`, 50 - count);
    for (let count = 0; count < 5; count += 1) write(`new ${count}`, 5 - count);
    issue.updatedAt = new Date(endMs).toISOString();
    const list = async (limit: number) => {
      const before = forge.requests.length;
      const comments = await subjects.listComments({ repo, subject: 'issue', number: issue.number }, limit);
      const asked = forge.requests.slice(before).filter(({ path }) => path.includes('/comments'));
      const since = asked.map(({ path }) => new URL(path, forge.url).searchParams.get('since'));
      return { bodies: comments.map(({ body }) => body), since };
    };
    const few = await list(5);
    assert.deepEqual(few.bodies, ['new 0', 'new 1', 'new 2', 'new 3', 'new 4']);
    assert.deepEqual(few.since, ['2026-03-07T00:00:00Z']);
    const more = await list(15);
    assert.deepEqual([more.bodies[0], more.bodies.at(-1), more.bodies.length], ['spring 0', 'new 4', 15]);
    assert.equal(more.since.length, 2);
    // Twenty old comments were edited lately, and none of them is among the last.
    const most = await list(30);
    assert.deepEqual([most.bodies[0], most.bodies[14], most.bodies.length], ['old 385', 'old 399', 30]);
    assert.deepEqual(most.since.at(-1), null);
  });

  it('reads all of a conversation of more than three thousand', async (t) => {
    const { forge, world, repo, subjects } = await open(t);
    const issue = await world.openIssue('ada', { title: 'Endless' });
    for (let count = 0; count < 3_200; count += 1) {
      const createdAt = forge.state.nextTime();
      issue.comments.push({
        id: forge.state.nextId(),
        body: String(count),
        author: issue.author,
        createdAt,
        version: 0,
      });
    }
    issue.updatedAt = forge.state.nextTime();
    const comments = await subjects.listComments({ repo, subject: 'issue', number: issue.number }, 2);
    assert.deepEqual(
      comments.map(({ body }) => body),
      ['3198', '3199'],
    );
  });

  it('ends with a release that gives every page of the checks alike', async (t) => {
    const { forge, repo, pulls } = await open(t);
    const body = { state: 'success', statuses: [{ context: 'ci', status: 'success' }], total_count: 1 };
    forge.interfere = () => ({ body });
    assert.deepEqual(
      (await pulls.listChecks(repo, SHA)).map(({ name, state }) => [name, state]),
      [['ci', 'success']],
    );
    assert.equal(forge.requests.length, 2);
  });

  it('takes a warning for success and an error for failure', async (t) => {
    const { world, repo, pulls } = await open(t);
    for (const state of ['warning', 'error', 'skipped', 'brand new']) {
      await world.setStatus('ada', SHA, { context: state, state });
    }
    assert.deepEqual(
      (await pulls.listChecks(repo, SHA)).map(({ name, state }) => [name, state]),
      [
        ['warning', 'success'],
        ['error', 'failure'],
        ['skipped', 'success'],
        ['brand new', 'pending'],
      ],
    );
  });

  it('knows the branch that is gone by its label, and a draft of an old release by its title', async (t) => {
    const { forge, repo, pulls } = await open(t);
    const head = { label: 'mend', ref: 'refs/pull/2/head', sha: SHA };
    const pull = { number: 2, title: 'WIP: Mend', state: 'closed', merged: true, head, base: { ref: 'main' } };
    forge.interfere = () => ({ body: pull });
    const found = await pulls.find(repo, 2);
    assert.deepEqual(
      [found?.headBranch, found?.baseBranch, found?.isDraft, found?.state],
      ['mend', 'main', true, 'merged'],
    );
  });

  it('counts no request for a review, no review by a team and none that is not yet sent', async (t) => {
    const { forge, repo, pulls } = await open(t);
    const user = { id: 8, login: 'ada' };
    forge.interfere = () => ({
      body: [
        { id: 1, state: 'APPROVED', user },
        { id: 2, state: 'REQUEST_REVIEW', user },
        { id: 3, state: 'PENDING', user },
        { id: 4, state: 'APPROVED', user: null, team: { name: 'owners' } },
      ],
    });
    assert.deepEqual(await pulls.listReviews(repo, 2), [{ author: 'ada', state: 'approved' }]);
  });
});
