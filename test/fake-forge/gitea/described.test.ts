import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { giteaApi } from 'gitea-js';
import type { FakeRoute } from '../contract.ts';
import { startFakeForge } from '../start.ts';
import { SHA, TOKENS } from '../state.ts';
import { createWorld } from '../world.ts';
import { gitea } from './dialect.ts';

/**
 * Gitea's published description, as its generated client has it, drives every route of the fake: a route that is not in the description
 * cannot be reached this way. What the routes answer is held against it by the compiler, in `shapes.ts`.
 */

type Client = ReturnType<typeof giteaApi>;

/** Routes that came with Gitea 1.24 and later, after the description that the client was made of. */
const NEWER = new Set([
  'POST /repos/:owner/:name/actions/workflows/:workflow/dispatches',
  'GET /repos/:owner/:name/actions/runs',
  'GET /repos/:owner/:name/actions/runs/:run',
]);

const HOOK_CONFIG = { url: 'https://hub.example.org', content_type: 'json' };
const HOOK = { type: 'gitea' as const, active: true, events: ['push'], config: HOOK_CONFIG };

/** A call for every route, in an order in which each succeeds; `hook` is the id of the webhook that was made last. */
const CALLS: readonly (readonly [route: string, call: (client: Client, hook: number) => Promise<unknown>])[] = [
  ['GET /user', ({ user }) => user.userGetCurrent()],
  ['GET /version', ({ version }) => version.getVersion()],
  ['GET /user/repos', ({ user }) => user.userCurrentListRepos()],
  ['GET /orgs/:owner/repos', ({ orgs }) => orgs.orgListRepos('dataforge')],
  ['GET /users/:owner/repos', ({ users }) => users.userListRepos('dataforge')],
  ['GET /orgs/:owner/labels', ({ orgs }) => orgs.orgListLabels('dataforge')],
  ['GET /repos/:owner/:repo', ({ repos }) => repos.repoGet('dataforge', 'app')],
  ['GET /repos/:owner/:name/contents/*path', ({ repos }) => repos.repoGetContents('dataforge', 'app', 'README.md')],
  [
    'GET /repos/:owner/:name/collaborators/:login/permission',
    ({ repos }) => repos.repoGetRepoPermissions('dataforge', 'app', 'ada'),
  ],
  ['GET /repos/:owner/:name/labels', ({ repos }) => repos.issueListLabels('dataforge', 'app')],
  [
    'POST /repos/:owner/:name/labels',
    ({ repos }) => repos.issueCreateLabel('dataforge', 'app', { name: 'made', color: '#00aabb' }),
  ],
  ['GET /repos/:owner/:name/issues', ({ repos }) => repos.issueListIssues('dataforge', 'app', { state: 'all' })],
  [
    'POST /repos/:owner/:name/issues',
    ({ repos }) => repos.issueCreateIssue('dataforge', 'app', { title: 'Made', labels: [51], assignees: ['ada'] }),
  ],
  ['GET /repos/:owner/:name/issues/:number', ({ repos }) => repos.issueGetIssue('dataforge', 'app', 1)],
  [
    'PATCH /repos/:owner/:name/issues/:number',
    ({ repos }) => repos.issueEditIssue('dataforge', 'app', 1, { title: 'Renamed', assignees: ['ada', 'fettle'] }),
  ],
  [
    'GET /repos/:owner/:name/issues/:number/timeline',
    ({ repos }) => repos.issueGetCommentsAndTimeline('dataforge', 'app', 1),
  ],
  [
    'POST /repos/:owner/:name/issues/:number/labels',
    ({ repos }) => repos.issueAddLabel('dataforge', 'app', 1, { labels: [51] }),
  ],
  [
    'PUT /repos/:owner/:name/issues/:number/labels',
    ({ repos }) => repos.issueReplaceLabels('dataforge', 'app', 1, { labels: [51, 52] }),
  ],
  ['GET /repos/:owner/:name/issues/:number/labels', ({ repos }) => repos.issueGetLabels('dataforge', 'app', 1)],
  [
    'DELETE /repos/:owner/:name/issues/:number/labels/:id',
    ({ repos }) => repos.issueRemoveLabel('dataforge', 'app', 1, 52),
  ],
  [
    'POST /repos/:owner/:name/issues/:number/comments',
    ({ repos }) => repos.issueCreateComment('dataforge', 'app', 1, { body: 'Made' }),
  ],
  ['GET /repos/:owner/:name/issues/:number/comments', ({ repos }) => repos.issueGetComments('dataforge', 'app', 1)],
  ['GET /repos/:owner/:name/pulls', ({ repos }) => repos.repoListPullRequests('dataforge', 'app', { state: 'open' })],
  [
    'POST /repos/:owner/:name/pulls',
    ({ repos }) => repos.repoCreatePullRequest('dataforge', 'app', { title: 'Made', head: 'made', base: 'main' }),
  ],
  ['GET /repos/:owner/:name/pulls/:number', ({ repos }) => repos.repoGetPullRequest('dataforge', 'app', 2)],
  [
    'POST /repos/:owner/:name/pulls/:number/reviews',
    ({ repos }) => repos.repoCreatePullReview('dataforge', 'app', 2, { event: 'APPROVED', body: 'Good' }),
  ],
  ['GET /repos/:owner/:name/pulls/:number/reviews', ({ repos }) => repos.repoListPullReviews('dataforge', 'app', 2)],
  [
    'POST /repos/:owner/:name/statuses/:sha',
    ({ repos }) => repos.repoCreateStatus('dataforge', 'app', SHA, { state: 'success', context: 'ci' }),
  ],
  ['GET /repos/:owner/:name/statuses/:sha', ({ repos }) => repos.repoListStatuses('dataforge', 'app', SHA)],
  [
    'GET /repos/:owner/:name/commits/:sha/status',
    ({ repos }) => repos.repoGetCombinedStatusByRef('dataforge', 'app', SHA),
  ],
  [
    'POST /repos/:owner/:name/pulls/:number/merge',
    ({ repos }) => repos.repoMergePullRequest('dataforge', 'app', 2, { Do: 'squash' }),
  ],
  ['POST /repos/:owner/:repo/hooks', ({ repos }) => repos.repoCreateHook('dataforge', 'app', HOOK)],
  ['GET /repos/:owner/:repo/hooks', ({ repos }) => repos.repoListHooks('dataforge', 'app')],
  ['PATCH /repos/:owner/:repo/hooks/:id', ({ repos }, id) => repos.repoEditHook('dataforge', 'app', id, HOOK)],
  ['DELETE /repos/:owner/:repo/hooks/:id', ({ repos }, id) => repos.repoDeleteHook('dataforge', 'app', id)],
  ['POST /orgs/:owner/hooks', ({ orgs }) => orgs.orgCreateHook('dataforge', HOOK)],
  ['GET /orgs/:owner/hooks', ({ orgs }) => orgs.orgListHooks('dataforge')],
  ['PATCH /orgs/:owner/hooks/:id', ({ orgs }, id) => orgs.orgEditHook('dataforge', id, HOOK)],
  ['DELETE /orgs/:owner/hooks/:id', ({ orgs }, id) => orgs.orgDeleteHook('dataforge', id)],
  [
    'POST /admin/hooks',
    ({ admin }) => admin.adminCreateHook({ ...HOOK, config: { ...HOOK_CONFIG, is_system_webhook: 'true' } }),
  ],
  ['GET /admin/hooks', ({ admin }) => admin.adminListHooks()],
  ['PATCH /admin/hooks/:id', ({ admin }, id) => admin.adminEditHook(id, HOOK)],
  ['DELETE /admin/hooks/:id', ({ admin }, id) => admin.adminDeleteHook(id)],
];

async function open(t: TestContext) {
  const forge = await startFakeForge(t, { kind: 'gitea' });
  return { forge, client: giteaApi(forge.url, { token: TOKENS.fettle }) };
}

describe('the fake Gitea, driven by the client of the published description', () => {
  it('is called on every route but those that are newer', () => {
    const called = [...CALLS.map(([route]) => route), 'PATCH /repos/:owner/:name/issues/comments/:id', ...NEWER];
    assert.deepEqual(called.toSorted(), gitea.routes.map(toName).toSorted());
  });

  it('is reached at every route, and answers it', async (t) => {
    const { forge, client } = await open(t);
    let hook = 0;
    for (const [route, call] of CALLS) {
      const { data } = (await call(client, hook)) as { data: { id?: number } | null };
      if (route.startsWith('POST') && route.endsWith('/hooks')) hook = data?.id ?? 0;
      const { method = '', path = '', status } = forge.requests.at(-1) ?? {};
      assert.match(`${method} ${path.split('?')[0]}`, toPattern(route), route);
      assert.ok(status !== null && status !== undefined && status < 300, `${route} answered ${status}`);
    }
  });

  it('gives what was done back through the description', async (t) => {
    const { forge, client } = await open(t);
    const world = createWorld(forge);
    const issue = await world.openIssue('ada', {
      title: 'Broken',
      body: 'See #1',
      labels: ['bug'],
      assignees: ['fettle'],
    });
    const comment = await world.comment('grace', issue, 'Why?');
    await client.repos.issueEditComment('dataforge', 'app', comment.id, { body: 'x' }).then(
      () => assert.fail('a comment of somebody else was edited'),
      ({ status }: { status: number }) => assert.equal(status, 403),
    );
    const own = await client.repos.issueCreateComment('dataforge', 'app', issue.number, { body: 'First' });
    await client.repos.issueEditComment('dataforge', 'app', Number(own.data.id), { body: 'Second' });
    const { data } = await client.repos.issueGetIssue('dataforge', 'app', issue.number);
    assert.deepEqual(
      [data.title, data.body, data.user?.login, data.labels?.map(({ name }) => name), data.comments],
      ['Broken', 'See #1', 'ada', ['bug'], 2],
    );
    assert.deepEqual(
      data.assignees?.map(({ login }) => login),
      ['fettle'],
    );
    const comments = await client.repos.issueGetComments('dataforge', 'app', issue.number);
    assert.deepEqual(
      comments.data.map(({ user, body }) => [user?.login, body]),
      [
        ['grace', 'Why?'],
        ['fettle', 'Second'],
      ],
    );
    const { data: timeline } = await client.repos.issueGetCommentsAndTimeline('dataforge', 'app', issue.number);
    assert.deepEqual(
      timeline.map(({ type, label, assignee }) => [type, label?.name ?? assignee?.login]),
      [
        ['label', 'bug'],
        ['assignees', 'fettle'],
      ],
    );
  });

  it('refuses what the real one refuses', async (t) => {
    const { forge, client } = await open(t);
    const world = createWorld(forge);
    world.addPerson('fettle', 'read');
    const issue = await world.openIssue('ada', { title: 'Broken' });
    const pull = await world.openPull('ada', { title: 'WIP: Mend', head: 'mend', isDraft: true });
    const { repos } = client;
    const nobody = giteaApi(forge.url, { token: 'another' });
    const refusals: readonly (readonly [number, () => Promise<unknown>])[] = [
      [401, () => nobody.repos.issueGetIssue('dataforge', 'app', issue.number)],
      [403, () => repos.issueEditIssue('dataforge', 'app', issue.number, { state: 'closed' })],
      [403, () => repos.issueAddLabel('dataforge', 'app', issue.number, { labels: [51] })],
      [403, () => repos.repoCreateStatus('dataforge', 'app', SHA, { state: 'success' })],
      [403, () => repos.repoMergePullRequest('dataforge', 'app', pull.number, { Do: 'merge' })],
      [403, () => repos.repoGetRepoPermissions('dataforge', 'app', 'ada')],
      [404, () => repos.issueGetIssue('dataforge', 'app', 99)],
      [404, () => repos.repoGetPullRequest('dataforge', 'app', issue.number)],
      [422, () => repos.issueCreateIssue('dataforge', 'app', { title: '' })],
      [422, () => repos.repoCreatePullReview('dataforge', 'app', pull.number, { event: 'LOVELY' })],
    ];
    for (const [status, call] of refusals) await refusesWith(status, call);
    world.addPerson('fettle', 'write');
    await refusesWith(405, () => repos.repoMergePullRequest('dataforge', 'app', pull.number, { Do: 'merge' }));
    const again = { title: 'Twice', head: 'mend', base: 'main' };
    await refusesWith(409, () => repos.repoCreatePullRequest('dataforge', 'app', again));
    world.addPerson('fettle', 'none');
    await refusesWith(404, () => repos.repoGet('dataforge', 'app'));
  });
});

async function refusesWith(status: number, call: () => Promise<unknown>): Promise<void> {
  const answered = await call().then(
    () => 200,
    (refusal: { status: number }) => refusal.status,
  );
  assert.equal(answered, status, String(call));
}

function toName({ method, path }: FakeRoute): string {
  return `${method} ${path}`;
}

function toPattern(route: string): RegExp {
  const path = route.replaceAll(/\/:\w+/g, '/[^/]+').replace(/\/\*\w+$/, '/.+');
  return new RegExp(`^${path.replace(' ', ' /api/v1')}$`);
}
