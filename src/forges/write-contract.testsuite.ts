import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeForge, FakeKind, FakeSubject } from '../../test/fake-forge/contract.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { SHA, TOKENS } from '../../test/fake-forge/state.ts';
import { type ErrorCode, FettleError } from '../core/errors.ts';
import type { Repository } from '../core/event.ts';
import type { ForgeApi } from './api.ts';
import type { CommitStatus, SubjectRef } from './write-contract.ts';

/** What every kind of forge owes of the groups it has. Run on a fake of each kind that refuses what the real one refuses. */

/** Which groups a kind has, and where it differs. */
export interface WriteTraits {
  readonly groups: readonly ('comments' | 'labels' | 'issues' | 'statuses' | 'files')[];
  /** Names an assignee that nobody has: refused, or left out as GitHub does. */
  readonly strangers?: 'refused' | 'left out';
  readonly hasOrganisationLabels?: boolean;
  /** How many assignees an issue can have. */
  readonly assignees?: 1 | 2;
  /** Has one word for a status that failed and one that could not be made. */
  readonly oneBadWord?: boolean;
}

const SINCE = '2026-03-14T00:00:00.000Z';

/** The repository of the fake, as an event would tell it. */
export function toRepository({ state, url }: FakeForge): Repository {
  const [app] = state.repositories;
  assert.ok(app);
  const { id, owner, name } = app;
  return { id: String(id), fullName: `${owner}/${name}`, owner, name, url: `${url}/${owner}/${name}` };
}

/** Its pull request. */
export function toPull(forge: FakeForge): SubjectRef & { readonly kept: FakeSubject } {
  const kept = forge.state.repositories[0]?.subjects.find(({ kind }) => kind === 'pull');
  assert.ok(kept);
  return { repo: toRepository(forge), subject: 'pull', number: kept.number, kept };
}

function toIssue(forge: FakeForge): SubjectRef & { readonly kept: FakeSubject } {
  const kept = forge.state.repositories[0]?.subjects.find(({ kind }) => kind === 'issue');
  assert.ok(kept);
  return { repo: toRepository(forge), subject: 'issue', number: kept.number, kept };
}

/** Runs the suite on one kind. */
export function testForgeWrites(kind: FakeKind, traits: WriteTraits): void {
  const open = async (t: TestContext) => {
    const forge = await startFakeForge(t, { kind });
    return { forge, api: forge.api() };
  };

  describe(`writing to ${kind}`, () => {
    it('has its groups and no others', async (t) => {
      const { api } = await open(t);
      for (const group of ['comments', 'labels', 'issues', 'statuses', 'files'] as const) {
        assert.equal(group in api, traits.groups.includes(group), group);
      }
    });
    if (traits.groups.includes('comments')) testComments(open);
    if (traits.groups.includes('labels')) testLabels(open, traits);
    if (traits.groups.includes('issues')) testIssues(open, traits);
    if (traits.groups.includes('statuses')) testStatuses(open, traits);
    if (traits.groups.includes('files')) testFiles(open);
    if (traits.groups.includes('comments')) testFailures(open);
  });
}

type Open = (t: TestContext) => Promise<{ forge: FakeForge; api: ForgeApi }>;

function get<K extends keyof ForgeApi>(api: ForgeApi, group: K): NonNullable<ForgeApi[K]> {
  const found = api[group];
  assert.ok(found, `no ${group}`);
  return found;
}

async function failsWith(code: ErrorCode, work: () => Promise<unknown>): Promise<FettleError> {
  let failure: unknown;
  await assert.rejects(work, (error) => {
    failure = error;
    assert.ok(error instanceof FettleError, String(error));
    assert.equal(error.code, code, error.message);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
  return failure as FettleError;
}

function testComments(open: Open): void {
  it('makes a comment, finds it among many by its text, and edits it in place', async (t) => {
    const { forge, api } = await open(t);
    const comments = get(api, 'comments');
    const pull = toPull(forge);
    const made = await comments.create(pull, 'First\n\n<!-- mark 1 -->');
    assert.equal(made.body, 'First\n\n<!-- mark 1 -->');
    for (let count = 0; count < 150; count += 1)
      await get(forge.api(TOKENS.ada), 'comments').create(pull, `No ${count}`);
    const late = await comments.create(pull, 'Late\n\n<!-- mark 2 -->');
    assert.equal((await comments.findOwn(pull, '<!-- mark 1 -->'))?.id, made.id);
    assert.equal((await comments.findOwn(pull, '<!-- mark 2 -->'))?.id, late.id);
    assert.equal(await comments.findOwn(pull, '<!-- mark 3 -->'), undefined);
    const edited = await comments.update(pull, made.id, 'Second\n\n<!-- mark 1 -->');
    const again = await comments.update(pull, made.id, 'Third ✓\n\n<!-- mark 1 -->');
    assert.deepEqual([edited.id, again.id], [made.id, made.id]);
    assert.equal((await comments.findOwn(pull, '<!-- mark 1 -->'))?.body, 'Third ✓\n\n<!-- mark 1 -->');
    assert.equal(pull.kept.comments.length, 152);
    assert.match(made.url ?? '', /^https?:\/\//);
  });

  it('takes no comment of somebody else for its own', async (t) => {
    const { forge, api } = await open(t);
    const pull = toPull(forge);
    const foreign = await get(forge.api(TOKENS.ada), 'comments').create(pull, 'Copied <!-- mark 1 -->');
    assert.equal(await get(api, 'comments').findOwn(pull, '<!-- mark 1 -->'), undefined);
    await failsWith('access_refused', () => get(api, 'comments').update(pull, foreign.id, 'Mine now'));
  });

  it('refuses what is not there', async (t) => {
    const { forge, api } = await open(t);
    const pull = toPull(forge);
    const comments = get(api, 'comments');
    await failsWith('upstream_refused', () => comments.create({ ...pull, number: 999 }, 'text'));
    await failsWith('upstream_refused', () => comments.update(pull, '999999', 'text'));
    const hidden = { ...pull.repo, id: '999999', fullName: 'dataforge/gone', name: 'gone' };
    const error = await failsWith('upstream_refused', () => comments.create({ ...pull, repo: hidden }, 'text'));
    assert.match(error.message, /404.*does not exist there/);
  });
}

function testLabels(open: Open, traits: WriteTraits): void {
  it('adds, makes, removes and sets labels', async (t) => {
    const { forge, api } = await open(t);
    const labels = get(api, 'labels');
    for (const subject of [toIssue(forge), toPull(forge)]) {
      assert.deepEqual(await labels.list(subject), []);
      assert.deepEqual((await labels.add(subject, ['bug', `new ✓ ${subject.subject}`])).toSorted(), [
        'bug',
        `new ✓ ${subject.subject}`,
      ]);
      assert.deepEqual(await labels.remove(subject, ['bug', 'never there']), [`new ✓ ${subject.subject}`]);
      assert.deepEqual((await labels.set(subject, ['needs-decision', 'bug'])).toSorted(), ['bug', 'needs-decision']);
      assert.deepEqual(subject.kept.labels.toSorted(), ['bug', 'needs-decision']);
      assert.deepEqual(await labels.set(subject, []), []);
      assert.deepEqual(subject.kept.labels, []);
      await failsWith('upstream_refused', () => labels.add({ ...subject, number: 999 }, ['bug']));
    }
  });

  it('makes a label once, also when the repository has many', async (t) => {
    const { forge, api } = await open(t);
    const [app] = forge.state.repositories;
    const issue = toIssue(forge);
    for (let count = 0; count < 120; count += 1) {
      app?.labels.push({ id: forge.state.nextId(), name: `area/${count}`, color: 'ededed' });
    }
    const labels = get(api, 'labels');
    const before = app?.labels.length;
    assert.deepEqual(await labels.add(issue, ['area/119']), ['area/119']);
    assert.equal(app?.labels.length, before);
  });

  if (traits.hasOrganisationLabels === true) {
    it('uses a label of the organisation instead of making one', async (t) => {
      const { forge, api } = await open(t);
      const before = forge.state.repositories[0]?.labels.length;
      assert.deepEqual(await get(api, 'labels').add(toIssue(forge), ['from the organisation']), [
        'from the organisation',
      ]);
      assert.equal(forge.state.repositories[0]?.labels.length, before);
    });
  }
}

function testIssues(open: Open, traits: WriteTraits): void {
  const logins = traits.assignees === 1 ? ['ada'] : ['ada', 'grace'];

  it('makes an issue and finds it again, but no older one and none of somebody else', async (t) => {
    const { forge, api } = await open(t);
    const issues = get(api, 'issues');
    const repo = toRepository(forge);
    const wanted = { title: 'Broken', body: 'See <!-- mark 1 -->', labels: ['bug', 'brand new'], assignees: logins };
    const made = await issues.create(repo, wanted);
    assert.deepEqual([made.state, made.assignees.toSorted()], ['open', logins]);
    const kept = forge.state.repositories[0]?.subjects.find(
      ({ kind, number }) => kind === 'issue' && number === made.number,
    );
    assert.deepEqual([kept?.title, kept?.body, kept?.labels.toSorted()], ['Broken', wanted.body, ['brand new', 'bug']]);
    const { title, body } = wanted;
    for (let count = 0; count < 60; count += 1) {
      const other = count % 2 === 0 ? forge.api(TOKENS.ada) : api;
      await get(other, 'issues').create(repo, { title, body: `No ${count}`, labels: [], assignees: [] });
    }
    await get(forge.api(TOKENS.ada), 'issues').create(repo, { title, body, labels: [], assignees: [] });
    assert.equal((await issues.findOwn(repo, '<!-- mark 1 -->', SINCE))?.number, made.number);
    assert.equal(await issues.findOwn(repo, '<!-- mark 1 -->', '2026-03-14T09:27:58.000Z'), undefined);
    assert.equal(await issues.findOwn(repo, '<!-- mark 2 -->', SINCE), undefined);
    assert.match(made.url ?? '', /^https?:\/\//);
    await issues.setState({ repo, subject: 'issue', number: made.number }, 'closed');
    assert.equal((await issues.findOwn(repo, '<!-- mark 1 -->', SINCE))?.state, 'closed');
  });

  it('closes, reopens and assigns issues and pull requests', async (t) => {
    const { forge, api } = await open(t);
    const issues = get(api, 'issues');
    for (const subject of [toIssue(forge), toPull(forge)]) {
      assert.equal((await issues.setState(subject, 'closed')).state, 'closed');
      assert.equal((await issues.get(subject)).state, 'closed');
      assert.equal((await issues.setState(subject, 'open')).state, 'open');
      assert.deepEqual((await issues.assign(subject, { add: logins, remove: [] })).assignees.toSorted(), logins);
      const after = await issues.assign(subject, { add: [], remove: ['ada', 'fettle'] });
      assert.deepEqual(after.assignees, logins.slice(1));
      assert.deepEqual(subject.kept.assignees, logins.slice(1));
      await failsWith('upstream_refused', () => issues.get({ ...subject, number: 999 }));
    }
  });

  it('does not pretend to have assigned somebody who does not exist', async (t) => {
    const { forge, api } = await open(t);
    const assign = () => get(api, 'issues').assign(toIssue(forge), { add: ['nobody-there'], remove: [] });
    if (traits.strangers === 'left out') assert.deepEqual((await assign()).assignees, []);
    else await failsWith('upstream_refused', assign);
  });

  it('leaves the title out for nobody', async (t) => {
    const { forge, api } = await open(t);
    const empty = { title: '', body: 'x', labels: [], assignees: [] };
    await failsWith('upstream_refused', () => get(api, 'issues').create(toRepository(forge), empty));
  });
}

function testStatuses(open: Open, traits: WriteTraits): void {
  it('sets the status of a commit, the latest of each context counts', async (t) => {
    const { forge, api } = await open(t);
    const statuses = get(api, 'statuses');
    const repo = toRepository(forge);
    const context = 'fettle / a check with a long name, longer than forty';
    assert.equal(await statuses.find(repo, SHA, context), undefined);
    for (const state of ['pending', 'failure', 'error', 'success'] as const) {
      const status: CommitStatus = { context, state, description: `It is ${state}`, url: 'https://ci.example.org/1' };
      await statuses.set(repo, SHA, status);
      const word = traits.oneBadWord === true && state === 'error' ? 'failure' : state;
      assert.deepEqual(await statuses.find(repo, SHA, context), { ...status, state: word });
    }
    for (let count = 0; count < 60; count += 1) {
      await statuses.set(repo, SHA, { context: `other ${count}`, state: 'success', url: 'https://ci.example.org/2' });
    }
    assert.equal((await statuses.find(repo, SHA, context))?.state, 'success');
    assert.equal(await statuses.find(repo, SHA, 'other'), undefined);
  });

  it('can say pending twice', async (t) => {
    const { forge, api } = await open(t);
    const repo = toRepository(forge);
    for (const description of ['Waiting', 'Still waiting']) {
      await get(api, 'statuses').set(repo, SHA, { context: 'ci', state: 'pending', description });
    }
    assert.equal((await get(api, 'statuses').find(repo, SHA, 'ci'))?.state, 'pending');
  });

  it('refuses a commit that is not there', async (t) => {
    const { forge, api } = await open(t);
    const set = () =>
      get(api, 'statuses').set(toRepository(forge), 'f'.repeat(40), { context: 'ci', state: 'success' });
    await failsWith('upstream_refused', set);
  });
}

function testFiles(open: Open): void {
  it('reads files byte for byte, at the default branch or another', async (t) => {
    const { forge, api } = await open(t);
    const files = get(api, 'files');
    const repo = toRepository(forge);
    assert.equal(String(await files.find(repo, 'README.md')), '# App\n');
    assert.equal(String(await files.find(repo, 'README.md', 'feature/one')), '# App, one\n');
    assert.equal(String(await files.find(repo, 'docs/über uns.md')), 'Grüße\n');
    assert.deepEqual(await files.find(repo, 'logo.bin'), Buffer.from([0, 255, 1, 254, 10]));
  });

  it('finds no directory, no missing file, and nothing outside', async (t) => {
    const { forge, api } = await open(t);
    const files = get(api, 'files');
    const repo = toRepository(forge);
    for (const path of ['docs', '.fettle.yaml', '../app/README.md', './README.md', 'docs//x']) {
      assert.equal(await files.find(repo, path), undefined, path);
    }
    assert.equal(await files.find(repo, 'README.md', 'no-such-branch'), undefined);
    assert.ok(!forge.requests.some(({ path }) => path.split('/').includes('..')));
  });
}

function testFailures(open: Open): void {
  it('tells a refused token, a missing right, a limit and a failing forge apart', async (t) => {
    const { forge } = await open(t);
    const pull = toPull(forge);
    const create = (token?: string) => get(forge.api(token), 'comments').create(pull, 'text');
    await failsWith('credential_refused', () => create('another-token'));
    await failsWith('access_refused', () => create(TOKENS.reader));
    forge.interfere = () => ({ status: 429, headers: { 'retry-after': '17' } });
    assert.equal((await failsWith('upstream_busy', create)).retryAfterSeconds, 17);
    forge.interfere = () => ({ status: 502, body: '<html>Bad Gateway</html>' });
    await failsWith('upstream_failed', create);
    forge.interfere = () => ({
      status: 422,
      body: { message: 'no', error: { message: 'no' }, errors: [{ message: 'no' }] },
    });
    assert.match((await failsWith('upstream_refused', create)).message, /It says: no/);
    forge.interfere = () => ({ body: '<html>Sign in</html>' });
    assert.match((await failsWith('upstream_failed', create)).message, /sign-in page/);
    assert.equal(pull.kept.comments.length, 0);
  });

  it('says that the outcome is unknown when the answer is lost', async (t) => {
    const { forge, api } = await open(t);
    const pull = toPull(forge);
    forge.interfere = () => 'drop-after';
    const error = await failsWith('upstream_failed', () => get(api, 'comments').create(pull, 'text <!-- mark -->'));
    assert.equal(error.outcomeUnknown, true);
    forge.interfere = undefined;
    assert.ok(await get(api, 'comments').findOwn(pull, '<!-- mark -->'));
  });

  it('does not follow a redirect with what it writes', async (t) => {
    const { forge, api } = await open(t);
    forge.interfere = ({ path, method }) =>
      method === 'GET' ? undefined : { status: 301, headers: { location: `${forge.url}${path}` } };
    await failsWith('upstream_refused', () => get(api, 'comments').create(toPull(forge), 'text'));
  });
}
