import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { createWorld } from '../../../test/fake-forge/world.ts';
import { FettleError } from '../../core/errors.ts';
import { toRepository } from '../write-contract.testsuite.ts';

async function open(t: TestContext) {
  const forge = await startFakeForge(t, { kind: 'github' });
  const { subjects, pulls } = forge.api();
  assert.ok(subjects && pulls);
  return { forge, world: createWorld(forge), repo: toRepository(forge), subjects, pulls };
}

describe('reading the work on GitHub', () => {
  it('takes an issue that was deleted, or moved to another repository, for none', async (t) => {
    const { forge, repo, subjects } = await open(t);
    const issue = { repo, subject: 'issue', number: 12 } as const;
    forge.interfere = () => ({ status: 410, body: { message: 'This issue was deleted' } });
    assert.equal(await subjects.find(issue), undefined);
    forge.interfere = ({ path }) =>
      path.startsWith('/api/v3/repositories/')
        ? { body: { number: 3, title: 'Moved', state: 'open', user: { login: 'ada' } } }
        : { status: 301, headers: { location: `${forge.url}/api/v3/repositories/77/issues/3` } };
    assert.equal(await subjects.find(issue), undefined);
    assert.equal(forge.requests.at(-1)?.status, 200);
  });

  it('follows a repository that was renamed', async (t) => {
    const { forge, repo, subjects } = await open(t);
    forge.interfere = ({ path }) =>
      path.startsWith('/api/v3/repos/old/name/')
        ? { status: 301, headers: { location: `${forge.url}${path.replace('old/name', 'dataforge/app')}` } }
        : undefined;
    const old = { ...repo, owner: 'old', name: 'name', fullName: 'old/name' };
    assert.equal((await subjects.find({ repo: old, subject: 'issue', number: 1 }))?.author, 'ada');
  });

  it('names whoever deleted the account', async (t) => {
    const { forge, repo, subjects } = await open(t);
    forge.interfere = ({ path }) => {
      const common = { id: 5, user: null, body: null, created_at: '2026-03-14T09:00:00Z' };
      return { body: path.endsWith('/comments') ? [common] : { ...common, number: 1, state: 'open', title: 'Old' } };
    };
    const ref = { repo, subject: 'issue', number: 1 } as const;
    assert.deepEqual([(await subjects.find(ref))?.author, (await subjects.find(ref))?.body], ['ghost', '']);
    assert.equal((await subjects.listComments(ref, 5))[0]?.author, 'ghost');
  });

  it('asks for the last page of comments, and for the one before only when it must', async (t) => {
    const { forge, world, repo, subjects } = await open(t);
    const issue = await world.openIssue('ada', { title: 'Long' });
    for (let count = 0; count < 510; count += 1) await world.comment('ada', issue, String(count));
    const pagesFor = async (limit: number) => {
      const before = forge.requests.length;
      const comments = await subjects.listComments({ repo, subject: 'issue', number: issue.number }, limit);
      const expected = Array.from({ length: limit }, (_, index) => String(510 - limit + index));
      assert.deepEqual(
        comments.map(({ body }) => body),
        expected,
      );
      return forge.requests.slice(before).map(({ path }) => new URL(path, forge.url).searchParams.get('page'));
    };
    assert.deepEqual(await pagesFor(10), ['1', '6']);
    assert.deepEqual(await pagesFor(11), ['1', '6', '5']);
  });

  it('does not take checks that it may not read for none', async (t) => {
    const { forge, world, repo, pulls } = await open(t);
    forge.interfere = ({ path }) =>
      path.endsWith('/check-runs')
        ? { status: 403, body: { message: 'Resource not accessible by personal access token' } }
        : undefined;
    await assert.rejects(pulls.listChecks(repo, world.commit()), (error) => {
      return error instanceof FettleError && error.code === 'access_refused' && /not accessible/.test(error.message);
    });
  });

  it('lets a comment leave a verdict as it was, and a dismissal end it', async (t) => {
    const { world, repo, pulls } = await open(t);
    const pull = await world.openPull('fettle', { title: 'Mend', head: 'mend' });
    await world.review('ada', pull, 'approved');
    await world.review('ada', pull, 'commented', 'By the way …');
    assert.deepEqual(await pulls.listReviews(repo, pull.number), [{ author: 'ada', state: 'approved' }]);
    const objection = await world.review('ada', pull, 'changes_requested');
    world.dismiss(objection);
    assert.deepEqual(await pulls.listReviews(repo, pull.number), []);
  });
});
