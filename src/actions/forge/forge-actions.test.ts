import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeForge, FakeKind, FakeSubject } from '../../../test/fake-forge/contract.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { SHA, TOKENS } from '../../../test/fake-forge/state.ts';
import { type ActionTrial, type ActionTrialEnd, runAction } from '../../../test/run-action.ts';
import type { Config } from '../../config/config.ts';
import { findMarker, toHops } from '../../core/marker.ts';
import type { Event } from '../../core/event.ts';
import type { Action } from '../../jobs/contract.ts';
import { commentPost } from './comment-post.ts';
import { commentUpsert } from './comment-upsert.ts';
import { issueAssign } from './issue-assign.ts';
import { issueCreate } from './issue-create.ts';
import { issueClose, issueReopen } from './issue-state.ts';
import { labelAdd, labelRemove, labelSet } from './labels.ts';
import { statusSet } from './status-set.ts';

const KINDS = ['gitea', 'forgejo', 'gogs', 'github', 'gitlab', 'bitbucket-data-center'] as const;
const RUN = '0192e4a0-1111-8000-8000-00000000abcd';

interface Stage {
  readonly forge: FakeForge;
  readonly pull: FakeSubject;
  readonly issue: FakeSubject;
  readonly event: Event;
  readonly act: (action: Action, input: unknown, trial?: ActionTrial) => Promise<ActionTrialEnd>;
}

async function open(t: TestContext, kind: FakeKind): Promise<Stage> {
  const forge = await startFakeForge(t, { kind });
  const [app] = forge.state.repositories;
  const pull = app?.subjects.find((subject) => subject.kind === 'pull');
  const issue = app?.subjects.find((subject) => subject.kind === 'issue');
  assert.ok(app && pull && issue);
  const event: Event = {
    seq: 7,
    id: '0192e4a0-2222-7000-8000-00000000abcd',
    v: 1,
    type: 'pull.opened',
    forge: 'home',
    kind: forge.config.kind,
    origin: 'webhook',
    receivedAt: '2026-03-14T09:26:53.000Z',
    repo: {
      id: String(app.id),
      fullName: 'dataforge/app',
      owner: 'dataforge',
      name: 'app',
      url: `${forge.url}/dataforge/app`,
    },
    actor: { login: 'ada', bot: false },
    subject: 'pull',
    number: pull.number,
    title: 'Add a thing',
    head: { ref: 'thing', sha: SHA },
  };
  const config: Partial<Config> = { forges: { home: forge.config } };
  const act = (action: Action, input: unknown, trial: ActionTrial = {}) =>
    runAction(t, action, input, { event, config, id: RUN, clock: () => Date.parse('2026-03-14T09:27:00Z'), ...trial });
  return { forge, pull, issue, event, act };
}

describe('comment.post', () => {
  for (const kind of KINDS) {
    it(`comments once on ${kind}, also when the first attempt never heard of it`, async (t) => {
      const { forge, pull, act } = await open(t, kind);
      forge.interfere = ({ method }) => (method === 'GET' ? undefined : 'drop-after');
      const first = await act(commentPost, { body: 'Hello' }, { hops: 2 });
      assert.deepEqual([first.report.state, first.code], ['failed', 'upstream_failed']);
      forge.interfere = undefined;
      const second = await act(commentPost, { body: 'Hello' }, { hops: 2, attempt: 2, steps: first.report.steps });
      assert.equal(second.report.state, 'succeeded', second.error?.message);
      assert.equal(pull.comments.length, 1);
      const body = pull.comments[0]?.body ?? '';
      assert.ok(body.startsWith('Hello\n\n'));
      assert.deepEqual(findMarker(body), { run: RUN, hops: 3 });
      assert.equal(toHops({ type: 'comment.created', body }), 3);
      assert.deepEqual((second.report.result as { data: unknown }).data, { id: String(pull.comments[0]?.id) });
      const third = await act(commentPost, { body: 'Hello' }, { attempt: 3, steps: second.report.steps });
      assert.equal(third.report.state, 'succeeded');
      assert.equal(pull.comments.length, 1);
    });

    it(`gets hostile and huge text onto ${kind} without harm`, async (t) => {
      const { forge, pull, act } = await open(t, kind);
      const title = `<!-- fettle:run=${RUN} hops=0 -->\n/close\n@all <script>alert(1)</script> \u0000\u202e`;
      const done = await act(commentPost, { body: `${title}\n${'x'.repeat(100_000)}` });
      assert.equal(done.report.state, 'succeeded', done.error?.message);
      const body = pull.comments[0]?.body ?? '';
      assert.equal(pull.state, 'open');
      assert.equal(body.split(`fettle:run=${RUN} `).length, 2);
      assert.ok(!body.includes('@all') && !body.includes('\n/close') && body.length <= 65_536);
      assert.ok(forge.requests.every(({ path }) => !path.includes('script')));
    });
  }

  it('is not taken in by somebody who copied its mark', async (t) => {
    const { forge, pull, act } = await open(t, 'gitea');
    const { comments } = forge.api(TOKENS.ada);
    const repo = { fullName: 'dataforge/app', owner: 'dataforge', name: 'app' };
    await comments?.create({ repo, subject: 'pull', number: pull.number }, `<!-- fettle:run=${RUN} hops=1 -->`);
    await act(commentPost, { body: 'Hello' }, { attempt: 2 });
    assert.equal(pull.comments.length, 2);
  });

  it('takes another number, repository or forge, but only of the forge of the event', async (t) => {
    const { issue, act, event } = await open(t, 'gitea');
    await act(commentPost, { body: 'In the issue', number: '#1' });
    await act(commentPost, { body: 'On schedule', number: '1', repo: 'dataforge/app', forge: 'home' }, { event: null });
    assert.equal(issue.comments.length, 2);
    const gone = await act(commentPost, { body: 'x', number: '1', repo: 'dataforge/gone' });
    assert.deepEqual([gone.report.state, gone.code], ['dead', 'upstream_refused']);
    for (const input of [{ number: 'twelve' }, { number: '1', repo: 'no-owner' }]) {
      assert.throws(() => commentPost.target({ body: 'x', ...input }, event), /it is (a number|written)/);
    }
    assert.throws(() => commentPost.target({ body: 'x', forge: 'work' }, event), /the event is from home/);
  });

  it('keeps the order of everything on one subject, and says where it goes', async (t) => {
    const { event } = await open(t, 'gitea');
    const expected = {
      destination: 'forge:home',
      orderKey: `subject:home:dataforge/app pull ${event.number}`,
      credential: 'forge:home',
      reaches: ['repo:home/dataforge/app'],
    };
    for (const action of [commentPost, commentUpsert, labelAdd, labelSet, issueClose, issueAssign]) {
      assert.deepEqual(action.target({}, event), expected);
    }
    assert.deepEqual(statusSet.target({ context: 'ci' }, event).reaches, ['repo:home/dataforge/app']);
    assert.deepEqual(commentPost.target({ repo: 'other/app', number: '1' }, event).reaches, ['repo:home/other/app']);
  });

  it('is skipped with the reason where there is nothing to comment on, or nothing to say', async (t) => {
    const { event, act } = await open(t, 'gitea');
    const { subject: _subject, number: _number, ...push } = event;
    const end = await act(commentPost, { body: 'x' }, { event: { ...push, type: 'push' } });
    assert.equal(end.report.state, 'skipped');
    assert.match(end.report.reason ?? '', /`push` is about no issue or pull request: name `number`/);
    assert.equal((await act(commentPost, { body: 'x' }, { event: null })).report.state, 'skipped');
    assert.equal((await act(commentPost, { body: ' \n' })).report.state, 'skipped');
    assert.equal((await act(commentPost, { body: 'x', repo: 'dataforge/lib' })).report.state, 'skipped');
  });

  it('ends as the forge answers, with advice', async (t) => {
    const { forge, pull, act } = await open(t, 'github');
    const ends: readonly (readonly [status: number, code: string, state: string, advice: RegExp])[] = [
      [401, 'credential_refused', 'waiting', /does not accept the token/],
      [403, 'access_refused', 'waiting', /may not do this/],
      [404, 'upstream_refused', 'dead', /does not exist there/],
      [410, 'upstream_refused', 'dead', /gone for good/],
      [422, 'upstream_refused', 'dead', /It says: no such thing/],
      [429, 'upstream_busy', 'failed', /asks to wait/],
      [500, 'upstream_failed', 'failed', /answered 500/],
    ];
    for (const [status, code, state, advice] of ends) {
      forge.interfere = () => ({ status, body: { message: 'no such thing' } });
      const end = await act(commentPost, { body: 'x' });
      assert.deepEqual([end.code, end.report.state], [code, state], String(status));
      assert.match(end.error?.message ?? '', advice);
      assert.doesNotMatch(end.error?.message ?? '', /hunter2/);
    }
    assert.equal(pull.comments.length, 0);
  });

  it('says so on a forge that cannot do it, or is no longer there', async (t) => {
    const { forge, act } = await open(t, 'onedev');
    const end = await act(commentPost, { body: 'x' });
    assert.deepEqual([end.code, end.report.state], ['rule_invalid', 'dead']);
    assert.match(end.error?.message ?? '', /`home` is a onedev forge, and Fettle can do nothing with comments there/);
    assert.equal((await act(commentPost, { body: 'x' }, { config: { forges: {} } })).code, 'rule_invalid');
    assert.equal(forge.requests.length, 0);
  });
});

describe('comment.upsert', () => {
  for (const kind of KINDS) {
    it(`keeps one comment for each key on ${kind}`, async (t) => {
      const { pull, act } = await open(t, kind);
      const say = async (body: string, key: string, id: string) => {
        const end = await act(commentUpsert, { body, key }, { id: `0192e4a0-1111-8000-8000-0000000000${id}` });
        return end.report.state;
      };
      assert.equal(await say('1 failed', 'checks', '01'), 'succeeded');
      assert.equal(await say('1 failed', 'checks', '02'), 'unchanged');
      assert.equal(await say('all passed', 'checks', '03'), 'succeeded');
      assert.equal(await say('all passed', 'checks', '03'), 'succeeded', 'the same run again');
      assert.equal(await say('big', 'size (of it)', '04'), 'succeeded');
      assert.equal(await say('big', 'size', '05'), 'succeeded');
      assert.deepEqual(
        pull.comments.map(({ body }) => body.split('\n')[0]),
        ['all passed', 'big', 'big'],
      );
      assert.equal(findMarker(pull.comments[0]?.body ?? '')?.run, '0192e4a0-1111-8000-8000-000000000003');
    });
  }

  it('writes one comment when the first attempt never heard of it', async (t) => {
    const { forge, pull, act } = await open(t, 'github');
    forge.interfere = ({ method }) => (method === 'POST' ? 'drop-after' : undefined);
    assert.equal((await act(commentUpsert, { body: 'x' })).report.state, 'failed');
    forge.interfere = undefined;
    assert.equal((await act(commentUpsert, { body: 'x' }, { attempt: 2 })).report.state, 'succeeded');
    assert.equal(pull.comments.length, 1);
  });
});

describe('label actions', () => {
  for (const kind of ['gitea', 'forgejo', 'gogs', 'github', 'gitlab'] as const) {
    it(`add, remove and set on ${kind}, and are unchanged when there is nothing to do`, async (t) => {
      const { forge, pull, act } = await open(t, kind);
      const run = async (action: Action, labels: unknown) => (await act(action, { labels })).report.state;
      assert.equal(await run(labelAdd, ['bug', ' triage ', 'bug']), 'succeeded');
      assert.equal(await run(labelAdd, 'bug'), 'unchanged');
      assert.deepEqual(pull.labels.toSorted(), ['bug', 'triage']);
      assert.equal(await run(labelRemove, ['triage', 'absent']), 'succeeded');
      assert.equal(await run(labelRemove, 'triage'), 'unchanged');
      assert.equal(await run(labelSet, ['needs-decision']), 'succeeded');
      assert.equal(await run(labelSet, 'needs-decision'), 'unchanged');
      assert.equal(await run(labelSet, []), 'succeeded');
      assert.deepEqual(pull.labels, []);
      assert.ok(forge.requests.every(({ status }) => status !== null && status < 400));
    });
  }

  it('see on GitHub that a name in another case is the same label', async (t) => {
    const { pull, act } = await open(t, 'github');
    pull.labels = ['bug'];
    assert.equal((await act(labelAdd, { labels: 'Bug' })).report.state, 'unchanged');
    assert.equal((await act(labelRemove, { labels: 'BUG' })).report.state, 'succeeded');
  });

  it('refuse on GitLab what would become two labels', async (t) => {
    const { pull, act } = await open(t, 'gitlab');
    const end = await act(labelAdd, { labels: 'a,b' });
    assert.deepEqual([end.code, end.report.state, pull.labels], ['input_invalid', 'dead', []]);
  });
});

describe('issue actions', () => {
  for (const kind of ['gitea', 'forgejo', 'gogs', 'github', 'gitlab'] as const) {
    it(`open an issue once on ${kind}`, async (t) => {
      const { forge, act } = await open(t, kind);
      const input = { labels: 'ci', assignees: 'ada' };
      forge.interfere = ({ method, path }) =>
        method === 'POST' && path.endsWith('/issues') ? 'drop-after' : undefined;
      const first = await act(issueCreate, input);
      assert.equal(first.report.state, 'failed', first.error?.message);
      forge.interfere = undefined;
      const second = await act(issueCreate, input, { attempt: 2, steps: first.report.steps });
      assert.equal(second.report.state, 'succeeded', second.error?.message);
      const made = forge.state.repositories[0]?.subjects.filter(({ author }) => author.login === 'fettle') ?? [];
      assert.equal(made.length, 1);
      assert.match(made[0]?.title ?? '', /ada.*Add a thing/);
      assert.match(made[0]?.body ?? '', /Add a thing/);
      assert.deepEqual([made[0]?.labels, made[0]?.assignees], [['ci'], ['ada']]);
      assert.equal(findMarker(made[0]?.body ?? '')?.run, RUN);
      assert.deepEqual((second.report.result as { data: unknown }).data, { number: made[0]?.number });
    });

    it(`close, reopen and assign on ${kind}, and are unchanged when there is nothing to do`, async (t) => {
      const { pull, act } = await open(t, kind);
      const run = async (action: Action, input: object = {}) => (await act(action, input)).report.state;
      assert.deepEqual(
        [await run(issueClose), await run(issueClose), pull.state],
        ['succeeded', 'unchanged', 'closed'],
      );
      assert.deepEqual(
        [await run(issueReopen), await run(issueReopen), pull.state],
        ['succeeded', 'unchanged', 'open'],
      );
      assert.deepEqual([await run(issueAssign, { add: '@ada' }), pull.assignees], ['succeeded', ['ada']]);
      assert.equal(await run(issueAssign, { add: 'Ada', remove: 'grace' }), 'unchanged');
      assert.deepEqual(
        [await run(issueAssign, { add: 'grace', remove: 'ada' }), pull.assignees],
        ['succeeded', ['grace']],
      );
      assert.equal(await run(issueAssign, { add: 'nobody-there' }), 'dead');
      pull.state = 'merged';
      assert.equal(await run(issueClose), 'unchanged');
      assert.equal(await run(issueReopen), 'dead');
    });
  }

  it('open an issue on a schedule, and need to know where', async (t) => {
    const { forge, act } = await open(t, 'gitea');
    const input = { title: 'Look\nthrough', forge: 'home', repo: 'dataforge/app' };
    assert.equal((await act(issueCreate, input, { event: null })).report.state, 'succeeded');
    const made = forge.state.repositories[0]?.subjects.at(-1);
    assert.equal(made?.title, 'Look through');
    assert.match(made?.body ?? '', /^The rule “a rule” ran\./);
    const lost = await act(issueCreate, { title: 'x' }, { event: null });
    assert.deepEqual([lost.report.state, lost.report.reason?.includes('name `repo`')], ['skipped', true]);
  });
});

describe('status.set', () => {
  for (const kind of ['gitea', 'forgejo', 'github', 'gitlab', 'bitbucket-data-center'] as const) {
    it(`sets the status of the commit of the event on ${kind}, once`, async (t) => {
      const { forge, act } = await open(t, kind);
      const kept = forge.state.repositories[0]?.statuses ?? [];
      const run = async (input: object) => (await act(statusSet, input)).report.state;
      const long = `Waits\nfor ${'somebody '.repeat(40)}`;
      assert.equal(await run({ state: 'pending', description: long, url: 'https://ci.example.org/1' }), 'succeeded');
      assert.equal(await run({ state: 'pending', description: long, url: 'https://ci.example.org/1' }), 'unchanged');
      assert.equal(await run({ state: 'error', context: 'ci' }), 'succeeded');
      assert.equal(await run({ state: 'error', context: 'ci' }), 'unchanged');
      assert.equal(await run({ state: ' Success ' }), 'succeeded');
      assert.equal(kept.length, kind === 'bitbucket-data-center' ? 2 : 3);
      assert.ok(kept.every(({ sha, description }) => sha === SHA && description.length <= 140));
    });
  }

  it('finds the commit of each event that has one', async (t) => {
    const { event, act } = await open(t, 'gitea');
    const { head: _head, ...bare } = event;
    const zeros = '0'.repeat(40);
    const events: readonly Event[] = [
      { ...bare, type: 'push', after: SHA },
      { ...bare, type: 'comment.created', sha: SHA },
      { ...bare, type: 'check_run.completed', check: { sha: SHA } },
      { ...bare, type: 'pull.merged', mergeCommit: SHA },
    ];
    for (const one of events) {
      assert.notEqual((await act(statusSet, { state: 'success' }, { event: one })).report.state, 'skipped', one.type);
    }
    const deleted = await act(statusSet, { state: 'success' }, { event: { ...bare, type: 'push', after: zeros } });
    assert.match(deleted.report.reason ?? '', /about no commit: name `sha`/);
  });

  it('refuses a state or a commit that is none', async (t) => {
    const { act } = await open(t, 'gitea');
    for (const input of [{ state: 'green' }, { state: 'success', sha: 'main' }, { state: 'success', sha: '../x' }]) {
      const end = await act(statusSet, input);
      assert.deepEqual([end.code, end.report.state], ['input_invalid', 'dead']);
    }
  });
});
