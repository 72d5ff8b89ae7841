import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { SHA } from '../../../test/fake-forge/state.ts';
import { createWorld } from '../../../test/fake-forge/world.ts';
import { FettleError } from '../../core/errors.ts';
import { toRepository } from '../write-contract.testsuite.ts';

async function open(t: TestContext) {
  const forge = await startFakeForge(t, { kind: 'gitlab' });
  const { subjects, pulls } = forge.api();
  assert.ok(subjects && pulls);
  return { forge, world: createWorld(forge), repo: toRepository(forge), subjects, pulls };
}

describe('reading the work on GitLab', () => {
  it('counts issues and merge requests by themselves', async (t) => {
    const { world, repo, subjects } = await open(t);
    const [issue] = world.repository.subjects;
    assert.ok(issue);
    await world.edit('ada', issue, { title: 'The issue' });
    assert.equal((await subjects.find({ repo, subject: 'issue', number: 1 }))?.title, 'The issue');
    assert.equal((await subjects.find({ repo, subject: 'pull', number: 1 }))?.title, 'Something is wrong');
  });

  it('takes issues that only members see for none, but not a token that lacks the scope', async (t) => {
    const { forge, repo, subjects, pulls } = await open(t);
    forge.interfere = () => ({ status: 403, body: { message: '403 Forbidden' } });
    assert.equal(await subjects.find({ repo, subject: 'issue', number: 1 }), undefined);
    assert.equal(await pulls.find(repo, 1), undefined);
    forge.interfere = () => ({ status: 403, body: { error: 'insufficient_scope', scope: 'api read_api' } });
    for (const ask of [() => subjects.find({ repo, subject: 'issue', number: 1 }), () => pulls.find(repo, 1)]) {
      await assert.rejects(ask, (error) => error instanceof FettleError && error.code === 'access_refused');
    }
  });

  it('lets optional jobs fail, and waits for those that must be started by hand', async (t) => {
    const { world, repo, pulls } = await open(t);
    const jobs = [
      ['optional', 'failed', true],
      ['aborted', 'canceled', true],
      ['deploy', 'manual', true],
      ['gate', 'manual', false],
      ['lint', 'canceled', false],
      ['docs', 'skipped', false],
      ['soak', 'running', true],
      ['soon', 'created', false],
    ] as const;
    for (const [context, state, allowFailure] of jobs) {
      await world.setStatus('ada', SHA, { context, state, allowFailure });
    }
    assert.deepEqual(Object.fromEntries((await pulls.listChecks(repo, SHA)).map(({ name, state }) => [name, state])), {
      optional: 'success',
      aborted: 'success',
      deploy: 'success',
      gate: 'pending',
      lint: 'failure',
      docs: 'success',
      soak: 'pending',
      soon: 'pending',
    });
  });

  it('lets the newer of two jobs count, in whatever order they are listed', async (t) => {
    const { forge, repo, pulls } = await open(t);
    forge.interfere = () => ({
      body: [
        { id: 12, name: 'build', status: 'success' },
        { id: 11, name: 'build', status: 'failed' },
      ],
    });
    assert.deepEqual(
      (await pulls.listChecks(repo, SHA)).map(({ name, state }) => [name, state]),
      [['build', 'success']],
    );
  });

  it('tells approvals where an older release does not list reviewers', async (t) => {
    const { forge, world, repo, pulls } = await open(t);
    const pull = await world.openPull('fettle', { title: 'Mend', head: 'mend' });
    await world.review('ada', pull, 'approved');
    forge.interfere = ({ path }) => (path.endsWith('/reviewers') ? { status: 404, body: {} } : undefined);
    assert.deepEqual(await pulls.listReviews(repo, pull.number), [{ author: 'ada', state: 'approved' }]);
  });
});
