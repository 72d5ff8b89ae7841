import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SHA } from '../../test/fake-forge/state.ts';
import type { PullApi } from './work-contract.ts';
import { failsWith, type Open, type Place, type WorkTraits } from './work-place.testsuite.ts';

function pullsOf({ api }: Place): PullApi {
  assert.ok(api.pulls, 'no pulls');
  return api.pulls;
}

export function testPulls(open: Open, traits: WorkTraits): void {
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

export function testReviews(open: Open, traits: WorkTraits): void {
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

export function testChecks(open: Open, traits: WorkTraits): void {
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
