import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeForge, FakeKind, FakeSubject } from '../../test/fake-forge/contract.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { SHA, TOKENS } from '../../test/fake-forge/state.ts';
import { createWorld, type World } from '../../test/fake-forge/world.ts';
import { type ErrorCode, FettleError } from '../core/errors.ts';
import type { Repository } from '../core/event.ts';
import type { ForgeApi } from './api.ts';
import type { PullApi, SubjectApi } from './work-contract.ts';
import { toRepository } from './write-contract.testsuite.ts';
import type { SubjectRef } from './write-contract.ts';

/** What every kind of forge owes of what it reads of the work there. Run on a fake of each kind. */

/** Which groups a kind has, and where it differs. */
export interface WorkTraits {
  readonly groups: readonly ('subjects' | 'pulls')[];
  /** Has no issues at all. */
  readonly hasNoIssues?: boolean;
  readonly hasNoLabels?: boolean;
  /** How many assignees of a subject can be told. */
  readonly assignees?: 0 | 1 | 2;
  readonly pullsHaveNoAssignees?: boolean;
  /** Most digits of a commit that a pull request names. */
  readonly digits?: number;
  /** Drops approvals for what was pushed over, which others leave to a setting of theirs. */
  readonly knowsStale?: boolean;
  readonly hasCheckRuns?: boolean;
  /** Keeps notes of its own, and notes for members, among the comments. */
  readonly hasNotes?: boolean;
  /** What a status that succeeded, failed, and is under way is called there. */
  readonly words: readonly [success: string, failure: string, pending: string];
}

interface Place {
  readonly forge: FakeForge;
  readonly world: World;
  readonly repo: Repository;
  readonly api: ForgeApi;
}

/** Runs the suite on one kind. */
export function testForgeWork(kind: FakeKind, traits: WorkTraits): void {
  const open = async (t: TestContext): Promise<Place> => {
    const forge = await startFakeForge(t, { kind });
    return { forge, world: createWorld(forge), repo: toRepository(forge), api: forge.api() };
  };

  describe(`reading the work on ${kind}`, () => {
    it('has its groups and no others', async (t) => {
      const { api } = await open(t);
      for (const group of ['subjects', 'pulls'] as const) {
        assert.equal(group in api, traits.groups.includes(group), group);
      }
    });
    if (traits.groups.includes('subjects')) {
      testSubjects(open, traits);
      testComments(open, traits);
    }
    if (traits.groups.includes('pulls')) {
      testPulls(open, traits);
      testReviews(open, traits);
      testChecks(open, traits);
    }
    if (traits.groups.length > 0) testFailures(open, traits);
  });
}

type Open = (t: TestContext) => Promise<Place>;

function subjectsOf({ api }: Place): SubjectApi {
  assert.ok(api.subjects, 'no subjects');
  return api.subjects;
}

function pullsOf({ api }: Place): PullApi {
  assert.ok(api.pulls, 'no pulls');
  return api.pulls;
}

function toRef({ repo }: Place, { kind, number }: FakeSubject): SubjectRef {
  return { repo, subject: kind, number };
}

async function failsWith(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof FettleError, String(error));
    assert.equal(error.code, code, error.message);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}

function testSubjects(open: Open, traits: WorkTraits): void {
  const { assignees = 2 } = traits;
  const people = ['ada', 'fettle'].slice(0, assignees);
  const labels = traits.hasNoLabels === true ? [] : ['bug', 'brand new'];

  if (traits.hasNoIssues !== true) {
    it('finds an issue as it is now, its text whole', async (t) => {
      const place = await open(t);
      const { world } = place;
      const body = `${'- [ ] one\n'.repeat(10_000)}${'x'.repeat(400_000)} the end`;
      const issue = await world.openIssue('grace', { title: 'Broken ✓', body });
      const find = () => subjectsOf(place).find(toRef(place, issue));
      assert.equal((await find())?.body, body);
      await world.edit('grace', issue, { title: 'Mended', body: 'See <b>x</b>\n\n<!-- hidden -->' });
      await world.label('ada', issue, { add: labels });
      await world.assign('ada', issue, { add: people });
      const found = await find();
      assert.ok(found);
      const { url, ...rest } = found;
      assert.deepEqual(
        { ...rest, labels: found.labels.toSorted(), assignees: found.assignees.toSorted() },
        {
          number: issue.number,
          title: 'Mended',
          body: 'See <b>x</b>\n\n<!-- hidden -->',
          state: 'open',
          author: 'grace',
          labels: labels.toSorted(),
          assignees: people,
        },
      );
      assert.match(url ?? '', /^https?:\/\/.*\d$/);
      await world.close('grace', issue);
      assert.equal((await find())?.state, 'closed');
      await world.reopen('grace', issue);
      assert.equal((await find())?.state, 'open');
    });
  }

  it('finds a pull request like an issue, and knows whether it was merged', async (t) => {
    const place = await open(t);
    const { world } = place;
    const find = (subject: FakeSubject) => subjectsOf(place).find(toRef(place, subject));
    const merged = await world.openPull('ada', { title: 'Mend', body: 'Mends it', head: 'mend' });
    const closed = await world.openPull('ada', { title: 'Other', head: 'other' });
    const found = await find(merged);
    assert.deepEqual([found?.title, found?.body, found?.state, found?.author], ['Mend', 'Mends it', 'open', 'ada']);
    if (traits.pullsHaveNoAssignees !== true) {
      await world.assign('ada', merged, { add: ['fettle'] });
      await world.label('ada', merged, { add: ['bug'] });
      const after = await find(merged);
      assert.deepEqual([after?.assignees, after?.labels], [['fettle'], ['bug']]);
    }
    await world.merge('grace', merged);
    await world.close('grace', closed);
    assert.equal((await find(merged))?.state, 'merged');
    assert.equal((await find(closed))?.state, 'closed');
  });

  it('finds nothing where there is nothing, or nothing that the token may see', async (t) => {
    const place = await open(t);
    const { repo, world } = place;
    for (const subject of ['issue', 'pull'] as const) {
      assert.equal(await subjectsOf(place).find({ repo, subject, number: 999 }), undefined);
      const gone = { ...repo, id: '999999', fullName: 'dataforge/gone', name: 'gone' };
      assert.equal(await subjectsOf(place).find({ repo: gone, subject, number: 1 }), undefined);
    }
    const pull = await world.openPull('ada', { title: 'Hidden', head: 'hidden' });
    world.addPerson('fettle', 'none');
    assert.equal(await subjectsOf(place).find(toRef(place, pull)), undefined);
  });
}

function testComments(open: Open, traits: WorkTraits): void {
  it('lists comments with who wrote them and when, oldest first', async (t) => {
    const place = await open(t);
    const { world } = place;
    const pull = await world.openPull('ada', { title: 'Mend', head: 'mend' });
    assert.deepEqual(await subjectsOf(place).listComments(toRef(place, pull), 10), []);
    const first = await world.comment('grace', pull, 'First <script>');
    const second = await world.comment('ada', pull, 'Second ✓');
    const third = await world.comment('grace', pull, `Third ${'x'.repeat(30_000)}`);
    await world.editComment('grace', pull, first, 'First, edited');
    const comments = await subjectsOf(place).listComments(toRef(place, pull), 10);
    assert.deepEqual(
      comments.map(({ author, body }) => [author, body]),
      [
        ['grace', 'First, edited'],
        ['ada', 'Second ✓'],
        ['grace', third.body],
      ],
    );
    assert.deepEqual(
      comments.map(({ id, createdAt }) => [id, Date.parse(createdAt)]),
      [first, second, third].map(({ id, createdAt }) => [String(id), Date.parse(createdAt)]),
    );
    assert.ok(comments.every(({ createdAt }) => createdAt.endsWith('Z')));
    assert.ok(comments.every(({ authorId, url }) => authorId !== undefined && url?.startsWith('http') === true));
    const own = await place.api.comments?.create(toRef(place, pull), 'Own');
    const [last] = await subjectsOf(place).listComments(toRef(place, pull), 1);
    assert.deepEqual([last?.id, last?.author], [own?.id, 'fettle']);
    assert.equal(last?.authorId, (await place.api.getOwnAccount()).id);
  });

  it('lists the last of many without reading them all', async (t) => {
    const place = await open(t);
    const { world, forge } = place;
    const pull = await world.openPull('ada', { title: 'Mend', head: 'mend' });
    const list = (limit: number) => subjectsOf(place).listComments(toRef(place, pull), limit);
    const numbers = async (limit: number) => (await list(limit)).map(({ body }) => Number(body));
    const write = async (from: number, to: number) => {
      for (let count = from; count < to; count += 1) await world.comment('ada', pull, String(count));
    };
    await write(0, 130);
    assert.deepEqual(
      await numbers(50),
      Array.from({ length: 50 }, (_, index) => 80 + index),
    );
    assert.deepEqual(await numbers(1), [129]);
    assert.deepEqual(await numbers(0), []);
    await write(130, 1_025);
    const before = forge.requests.length;
    assert.deepEqual(
      await numbers(60),
      Array.from({ length: 60 }, (_, index) => 965 + index),
    );
    assert.equal((await list(1_000)).length, 100);
    assert.ok(forge.requests.length - before <= 6, `${forge.requests.length - before} requests`);
  });

  if (traits.hasNotes === true) {
    it('leaves out what the forge itself notes, and what only members see', async (t) => {
      const place = await open(t);
      const { world } = place;
      const issue = await world.openIssue('ada', { title: 'Broken' });
      await world.comment('ada', issue, 'Said');
      for (let count = 0; count < 120; count += 1) {
        await world.comment('ada', issue, 'changed the description', { system: true });
      }
      await world.comment('ada', issue, 'Secret', { internal: true });
      const comments = await subjectsOf(place).listComments(toRef(place, issue), 10);
      assert.deepEqual(
        comments.map(({ body }) => body),
        ['Said'],
      );
    });
  }

  it('refuses comments of what is not there', async (t) => {
    const place = await open(t);
    const { repo } = place;
    for (const subject of ['issue', 'pull'] as const) {
      await failsWith('upstream_refused', () => subjectsOf(place).listComments({ repo, subject, number: 999 }, 10));
    }
  });
}

function testPulls(open: Open, traits: WorkTraits): void {
  it('finds a pull request with its branches, whether it is a draft and how it ended', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const pull = await world.openPull('ada', {
      title: 'Mend',
      body: 'Closes #1',
      head: 'agent/mend',
      base: 'main',
      isDraft: true,
    });
    const find = () => pullsOf(place).find(repo, pull.number);
    const { url, headSha, ...found } = (await find()) ?? {};
    assert.deepEqual(found, {
      number: pull.number,
      title: 'Mend',
      body: 'Closes #1',
      state: 'open',
      isDraft: true,
      author: 'ada',
      headBranch: 'agent/mend',
      baseBranch: 'main',
    });
    assert.match(url ?? '', /^https?:\/\/.*\d$/);
    assert.equal(headSha, pull.pull?.headSha.slice(0, traits.digits));
    const pushed = await world.push('ada', pull);
    assert.equal((await find())?.headSha, pushed.slice(0, traits.digits));
    await world.close('ada', pull);
    assert.equal((await find())?.state, 'closed');
    const merged = await world.openPull('ada', { title: 'Other', head: 'other' });
    await world.merge('grace', merged);
    const after = await pullsOf(place).find(repo, merged.number);
    assert.deepEqual([after?.state, after?.isDraft], ['merged', false]);
  });

  it('finds nothing where there is nothing, or an issue', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const issue = await world.openIssue('ada', { title: 'Broken' });
    const gone = { ...repo, id: '999999', fullName: 'dataforge/gone', name: 'gone' };
    assert.equal(await pullsOf(place).find(repo, 999), undefined);
    assert.equal(await pullsOf(place).find(repo, issue.number), undefined);
    assert.equal(await pullsOf(place).find(gone, 2), undefined);
  });

  it('lists the open ones, newest first and fifty at most', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    for (const subject of world.repository.subjects.filter(({ kind }) => kind === 'pull')) {
      await world.close('ada', subject);
    }
    assert.deepEqual(await pullsOf(place).listOpen(repo), []);
    const made: number[] = [];
    for (let count = 0; count < 55; count += 1) {
      const pull = await world.openPull('ada', { title: `No ${count}`, head: `branch/${count}` });
      if (count === 54) await world.merge('ada', pull);
      else made.unshift(pull.number);
    }
    const listed = await pullsOf(place).listOpen(repo);
    assert.deepEqual(
      listed.map(({ number }) => number),
      made.slice(0, 50),
    );
    assert.ok(listed.every(({ state }) => state === 'open'));
    assert.equal(listed[0]?.headBranch, 'branch/53');
  });
}

function testReviews(open: Open, traits: WorkTraits): void {
  it('tells the last verdict of each, and none that was taken back', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const pull = await world.openPull('fettle', { title: 'Mend', head: 'mend' });
    const list = async () =>
      (await pullsOf(place).listReviews(repo, pull.number)).map(({ author, state }) => `${author} ${state}`).toSorted();
    assert.deepEqual(await list(), []);
    await world.review('ada', pull, 'changes_requested', 'No.');
    await world.review('grace', pull, 'approved');
    assert.deepEqual(await list(), ['ada changes_requested', 'grace approved']);
    await world.review('ada', pull, 'approved', 'Now it is.');
    assert.deepEqual(await list(), ['ada approved', 'grace approved']);
    const last = await world.review('ada', pull, 'changes_requested');
    assert.deepEqual(await list(), ['ada changes_requested', 'grace approved']);
    for (const review of pull.reviews.filter(({ author }) => author === last.author)) world.dismiss(review);
    assert.deepEqual(await list(), ['grace approved']);
    const stranger = world.addPerson('stranger', 'read');
    await world.review(stranger.login, pull, 'commented', 'Hm.');
    assert.deepEqual(await list(), ['grace approved']);
  });

  it('reads more reviews than fit on a page', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const pull = await world.openPull('fettle', { title: 'Mend', head: 'mend' });
    for (let count = 0; count < 120; count += 1) await world.review('ada', pull, 'changes_requested');
    await world.review('ada', pull, 'approved');
    assert.deepEqual(await pullsOf(place).listReviews(repo, pull.number), [{ author: 'ada', state: 'approved' }]);
  });

  if (traits.knowsStale === true) {
    it('drops an approval of what was pushed over, but no request for changes', async (t) => {
      const place = await open(t);
      const { world, repo } = place;
      const pull = await world.openPull('fettle', { title: 'Mend', head: 'mend' });
      await world.review('ada', pull, 'approved');
      await world.review('grace', pull, 'changes_requested');
      await world.push('fettle', pull);
      const reviews = await pullsOf(place).listReviews(repo, pull.number);
      assert.deepEqual(reviews, [{ author: 'grace', state: 'changes_requested' }]);
    });
  }

  it('refuses reviews of what is not there', async (t) => {
    const place = await open(t);
    await failsWith('upstream_refused', () => pullsOf(place).listReviews(place.repo, 999));
  });
}

function testChecks(open: Open, traits: WorkTraits): void {
  const [success, failure, pending] = traits.words;

  it('tells the latest result of each check', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const list = async () =>
      (await pullsOf(place).listChecks(repo, SHA)).map(({ name, state }) => `${name} ${state}`).toSorted();
    assert.deepEqual(await list(), []);
    await world.setStatus('ada', SHA, { context: 'build', state: pending });
    await world.setStatus('ada', SHA, { context: 'lint', state: failure, url: 'https://ci.example.org/1' });
    assert.deepEqual(await list(), ['build pending', 'lint failure']);
    const lint = (await pullsOf(place).listChecks(repo, SHA)).find(({ name }) => name === 'lint');
    assert.equal(lint?.url, 'https://ci.example.org/1');
    await world.setStatus('ada', SHA, { context: 'lint', state: success });
    await world.setStatus('ada', SHA, { context: 'build', state: failure });
    assert.deepEqual(await list(), ['build failure', 'lint success']);
    assert.deepEqual(await pullsOf(place).listChecks(repo, world.commit()), []);
  });

  it('reads more checks than fit on a page, three hundred at most', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    for (let count = 0; count < 120; count += 1) {
      await world.setStatus('ada', SHA, { context: `check ${count}`, state: count === 119 ? failure : success });
    }
    const checks = await pullsOf(place).listChecks(repo, SHA);
    assert.equal(checks.length, 120);
    assert.deepEqual(
      checks.filter(({ state }) => state !== 'success').map(({ name }) => name),
      ['check 119'],
    );
    for (let count = 120; count < 320; count += 1) {
      await world.setStatus('ada', SHA, { context: `check ${count}`, state: success });
    }
    assert.equal((await pullsOf(place).listChecks(repo, SHA)).length, 300);
  });

  if (traits.hasCheckRuns === true) testCheckRuns(open);

  it('refuses checks of a commit that is not there', async (t) => {
    const place = await open(t);
    await failsWith('upstream_refused', () => pullsOf(place).listChecks(place.repo, 'f'.repeat(40)));
  });
}

function testCheckRuns(open: Open): void {
  it('counts check runs too, and those that did not have to run as successes', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    const conclusions = [
      'success',
      'neutral',
      'skipped',
      'failure',
      'cancelled',
      'timed_out',
      'action_required',
      'stale',
    ];
    for (const conclusion of conclusions) world.addCheckRun(SHA, { name: conclusion, conclusion });
    world.addCheckRun(SHA, { name: 'queued', status: 'queued' });
    world.addCheckRun(SHA, { name: 'running', status: 'in_progress' });
    const found = new Map((await pullsOf(place).listChecks(repo, SHA)).map(({ name, state }) => [name, state]));
    assert.deepEqual(Object.fromEntries(found), {
      success: 'success',
      neutral: 'success',
      skipped: 'success',
      failure: 'failure',
      cancelled: 'failure',
      timed_out: 'failure',
      action_required: 'failure',
      stale: 'failure',
      queued: 'pending',
      running: 'pending',
    });
  });

  it('lets the latest run of a name count, but never a namesake hide a failure', async (t) => {
    const place = await open(t);
    const { world, repo } = place;
    world.addCheckRun(SHA, { name: 'build', conclusion: 'failure' });
    world.addCheckRun(SHA, { name: 'build', conclusion: 'success' });
    const list = async () => (await pullsOf(place).listChecks(repo, SHA)).map(({ name, state }) => [name, state]);
    assert.deepEqual(await list(), [['build', 'success']]);
    world.addCheckRun(SHA, { name: 'build', app: 2, status: 'queued' });
    assert.deepEqual(await list(), [['build', 'pending']]);
    await world.setStatus('ada', SHA, { context: 'build', state: 'failure' });
    assert.deepEqual(await list(), [['build', 'failure']]);
  });
}

function testFailures(open: Open, traits: WorkTraits): void {
  const toQuestions = (api: ForgeApi, repo: Repository): readonly (() => Promise<unknown>)[] => {
    const ref: SubjectRef = { repo, subject: 'pull', number: traits.groups.includes('pulls') ? 1 : 2 };
    const { subjects, pulls } = api;
    return [
      ...(subjects ? [() => subjects.find(ref), () => subjects.listComments(ref, 10)] : []),
      ...(pulls
        ? [
            () => pulls.find(repo, ref.number),
            () => pulls.listOpen(repo),
            () => pulls.listReviews(repo, ref.number),
            () => pulls.listChecks(repo, SHA),
          ]
        : []),
    ];
  };

  it('tells a refused token, a missing right, a limit and a failing forge apart', async (t) => {
    const { forge, repo } = await open(t);
    for (const ask of toQuestions(forge.api('another-token'), repo)) await failsWith('credential_refused', ask);
    for (const ask of toQuestions(forge.api(TOKENS.fettle), repo)) {
      forge.interfere = () => ({ status: 429, headers: { 'retry-after': '17' } });
      await failsWith('upstream_busy', ask);
      forge.interfere = () => ({ status: 502, body: '<html>Bad Gateway</html>' });
      await failsWith('upstream_failed', ask);
      forge.interfere = () => ({ status: 403, body: { error: 'insufficient_scope', message: 'token lacks a scope' } });
      await failsWith('access_refused', ask);
      forge.interfere = () => ({ body: '<html>Sign in</html>' });
      await failsWith('upstream_failed', ask);
    }
  });

  it('takes any answer, however odd', async (t) => {
    const { forge, repo } = await open(t);
    const odd = { number: 1, iid: 1, id: 1, title: 5, body: {}, user: 'x', labels: 'y', head: [], state: 0, links: 7 };
    const bodies = [
      null,
      [],
      {},
      7,
      'x',
      odd,
      [null, 5, 'x', {}, [], odd],
      { values: [odd, null] },
      { statuses: [odd] },
    ];
    for (const body of bodies) {
      forge.interfere = () => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      for (const ask of toQuestions(forge.api(), repo)) {
        await ask().catch((error: unknown) => {
          assert.ok(error instanceof FettleError, `${JSON.stringify(body)}: ${String(error)}`);
          assert.equal(error.code, 'upstream_failed', error.message);
        });
      }
    }
  });
}
