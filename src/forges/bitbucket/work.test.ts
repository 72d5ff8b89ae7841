import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeKind } from '../../../test/fake-forge/contract.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { SHA } from '../../../test/fake-forge/state.ts';
import { toRepository } from '../write-contract.testsuite.ts';

async function open(t: TestContext, kind: Extract<FakeKind, `bitbucket${string}`>) {
  const forge = await startFakeForge(t, { kind });
  const { subjects, pulls } = forge.api();
  assert.ok(subjects && pulls);
  return { forge, repo: toRepository(forge), subjects, pulls };
}

describe('reading the work on Bitbucket', () => {
  it('reads answers to comments of Data Center within them, each once, down to a depth', async (t) => {
    const { forge, repo, subjects } = await open(t, 'bitbucket-data-center');
    const toComment = (id: number, comments: readonly object[] = []) => ({
      id,
      text: `No ${id}`,
      author: { id: 8, slug: 'ada' },
      createdDate: 1_773_480_413_000 + id * 1_000,
      comments,
    });
    let deep: object = toComment(900);
    for (let id = 899; id > 800; id -= 1) deep = toComment(id, [deep]);
    const thread = toComment(1, [toComment(4, [toComment(6)]), toComment(3)]);
    const activities = [
      { action: 'COMMENTED', comment: toComment(5) },
      { action: 'COMMENTED', comment: toComment(3) },
      { action: 'RESCOPED', comment: toComment(7) },
      { action: 'COMMENTED', comment: thread },
    ];
    const answer = (values: readonly object[]) => {
      forge.interfere = () => ({ body: { values, isLastPage: true } });
      return subjects.listComments({ repo, subject: 'pull', number: 1 }, 100);
    };
    const found = await answer(activities);
    assert.deepEqual(
      found.map(({ id }) => id),
      ['1', '3', '4', '5', '6'],
    );
    assert.equal((await answer([{ action: 'COMMENTED', comment: deep }])).length, 11);
  });

  it('has no issue of Data Center', async (t) => {
    const { forge, repo, subjects } = await open(t, 'bitbucket-data-center');
    assert.equal(await subjects.find({ repo, subject: 'issue', number: 1 }), undefined);
    assert.equal(forge.requests.length, 0);
  });

  it('leaves out comments of Cloud that were deleted, or that are not yet sent', async (t) => {
    const { forge, repo, subjects } = await open(t, 'bitbucket-cloud');
    const common = {
      content: { raw: 'text' },
      user: { uuid: '{8}', nickname: 'ada' },
      created_on: '2026-03-14T09:00:00Z',
    };
    const values = [
      { ...common, id: 1, deleted: true },
      { ...common, id: 2, pending: true },
      { ...common, id: 3 },
    ];
    forge.interfere = () => ({ body: { values } });
    const found = await subjects.listComments({ repo, subject: 'pull', number: 1 }, 10);
    assert.deepEqual(
      found.map(({ id, author, authorId }) => [id, author, authorId]),
      [['3', 'ada', '{8}']],
    );
  });

  it('knows the states of builds and of issues by their own words', async (t) => {
    const { forge, repo, subjects, pulls } = await open(t, 'bitbucket-cloud');
    const states = ['SUCCESSFUL', 'FAILED', 'STOPPED', 'INPROGRESS'];
    forge.interfere = () => ({ body: { values: states.map((state) => ({ key: state, state })) } });
    assert.deepEqual(
      (await pulls.listChecks(repo, SHA)).map(({ state }) => state),
      ['success', 'failure', 'failure', 'pending'],
    );
    for (const [word, state] of [
      ['new', 'open'],
      ['on hold', 'open'],
      ['wontfix', 'closed'],
      ['duplicate', 'closed'],
    ] as const) {
      forge.interfere = () => ({ body: { id: 1, title: 'Broken', state: word } });
      assert.equal((await subjects.find({ repo, subject: 'issue', number: 1 }))?.state, state);
    }
  });
});
