import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type DrivenRun, driveAction } from '../../../test/drive-action.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import type { FakeForge } from '../../../test/fake-forge/contract.ts';
import { dialectOf } from '../../../test/fake-forge/gitea/workflows.ts';
import { abilitiesOf, addRun, type FakeRun, runsOf } from '../../../test/fake-forge/runs.ts';
import { startFakeForge } from '../../../test/fake-forge/start.ts';
import { addRepository, TOKENS } from '../../../test/fake-forge/state.ts';
import { runAction } from '../../../test/run-action.ts';
import type { Event } from '../../core/event.ts';
import { pipelineDispatch } from './index.ts';

const KINDS = ['gitea', 'forgejo', 'github', 'gitlab'] as const;
type Kind = (typeof KINDS)[number];

for (const kind of KINDS) {
  describe(`pipeline.dispatch on ${kind}`, () => {
    it('starts the workflow once, on the branch of the event, and follows it to its end', async (t) => {
      const { forge, drive } = await open(t, kind, { inputs: { version: '1.0' } });
      const first = await drive.attempt();
      assert.deepEqual([first.report.state, runsOf(forge.state).length], ['waiting', 0], 'the note is stored first');
      assert.equal(first.report.nextAt, new Date(drive.nowMs()).toISOString());
      const second = await drive.attempt();
      assert.equal(second.report.state, 'waiting');
      const run = onlyRun(forge);
      assert.deepEqual([run.ref, run.inputs], ['refs/heads/feature/one', { version: '1.0' }]);
      await drive.attempt();
      run.state = 'running';
      await drive.attempt();
      run.state = 'success';
      const { report } = await drive.untilEnd();
      assert.equal(report.state, 'succeeded');
      const { summary, url, data } = report.result as { summary: string; url: string; data: object };
      assert.match(summary, /of dataforge\/app ended well\.$/);
      assert.match(url, new RegExp(`/dataforge/app/.*/${run.id}$`));
      assert.deepEqual(data, { state: 'success', id: String(run.id), url });
      assert.equal(runsOf(forge.state).length, 1);
    });

    for (const state of ['failure', 'cancelled'] as const) {
      it(`tells of ${state}, which is a failure of the run only where the rule says so`, async (t) => {
        const words = state === 'failure' ? /failed/ : /was cancelled/;
        const { forge, drive } = await open(t, kind, {});
        await drive.attempt();
        await drive.attempt();
        onlyRun(forge).state = state;
        const { report } = await drive.untilEnd();
        assert.equal(report.state, 'succeeded');
        assert.equal((report.result as { data: { state: string } }).data.state, state);
        assert.match((report.result as { summary: string }).summary, words);
        const strict = await open(t, kind, { required: true });
        await strict.drive.attempt();
        await strict.drive.attempt();
        onlyRun(strict.forge).state = state;
        const dead = await strict.drive.untilEnd();
        assert.deepEqual([dead.report.state, dead.code], ['dead', 'upstream_refused']);
        assert.match(dead.error?.message ?? '', words);
        onlyRun(strict.forge).state = 'success';
        assert.equal(
          (await strict.drive.untilEnd()).report.state,
          'succeeded',
          'redriven after it was run again there',
        );
        assert.equal(runsOf(strict.forge.state).length, 1);
      });
    }

    it('finds what a process that died had started, and starts no other', async (t) => {
      const { forge, drive } = await open(t, kind, {});
      const { id } = addOther(forge);
      await drive.attempt();
      await drive.crash();
      assert.equal(runsOf(forge.state).length, 2);
      const looks = await drive.attempt();
      assert.equal(looks.report.state, 'waiting');
      assert.match(looks.report.reason ?? '', /not known whether the pipeline was started/);
      const ours = runsOf(forge.state).at(-1);
      if (ours !== undefined) ours.state = 'success';
      const { report } = await drive.untilEnd();
      assert.equal((report.result as { data: { id: string } }).data.id, String(ours?.id));
      assert.notEqual(ours?.id, id);
      assert.equal(runsOf(forge.state).length, 2);
    });

    it('starts it when a process died before it could', async (t) => {
      const { forge, drive } = await open(t, kind, { follow: false });
      addOther(forge);
      await drive.attempt();
      forge.interfere = ({ method }) => (method === 'POST' ? 'drop' : undefined);
      await drive.crash();
      forge.interfere = undefined;
      const { report } = await drive.untilEnd();
      assert.equal(report.state, 'succeeded');
      assert.equal(runsOf(forge.state).length, 2);
    });

    it('takes no answer for what it is: looks before it starts again', async (t) => {
      const { forge, drive } = await open(t, kind, { follow: false });
      await drive.attempt();
      forge.interfere = ({ method }) => (method === 'POST' ? 'drop-after' : undefined);
      const lost = await drive.attempt();
      assert.deepEqual([lost.report.state, lost.code], ['failed', 'upstream_failed']);
      forge.interfere = undefined;
      assert.equal((await drive.untilEnd()).report.state, 'succeeded');
      assert.equal(runsOf(forge.state).length, 1);
    });

    it('starts it later when the forge is too busy, without looking for what cannot be', async (t) => {
      const { forge, drive } = await open(t, kind, { follow: false });
      await drive.attempt();
      forge.interfere = ({ method }) =>
        method === 'POST' ? { status: 429, headers: { 'retry-after': '7' } } : undefined;
      const busy = await drive.attempt();
      assert.deepEqual([busy.report.state, busy.code, busy.report.burned], ['failed', 'upstream_busy', 0]);
      forge.interfere = undefined;
      const before = drive.nowMs();
      assert.equal((await drive.untilEnd()).report.state, 'succeeded');
      assert.equal(drive.nowMs(), before, 'no time is lost with looking');
      assert.equal(runsOf(forge.state).length, 1);
    });

    it('ends in the right state when the forge refuses', async (t) => {
      const lost = await open(t, kind, { ref: 'gone', follow: false });
      const dead = await lost.drive.untilEnd();
      assert.deepEqual([dead.report.state, dead.code], ['dead', 'upstream_refused']);
      const hidden = await open(t, kind, { repo: 'nobody/nothing', ref: 'main' });
      assert.equal((await hidden.drive.untilEnd()).report.state, 'dead');
      const reader = await open(t, kind, {}, PUSH, TOKENS.reader);
      const denied = await reader.drive.untilEnd();
      assert.deepEqual([denied.report.state, denied.code], ['waiting', 'access_refused']);
      const stranger = await open(t, kind, {}, PUSH, 'hunter9');
      const unknown = await stranger.drive.untilEnd();
      assert.deepEqual([unknown.report.state, unknown.code], ['waiting', 'credential_refused']);
      for (const { forge } of [lost, hidden, reader, stranger]) assert.equal(runsOf(forge.state).length, 0);
    });
  });
}

describe('pipeline.dispatch on the forge of the event', () => {
  it('follows a run that the forge did not name', async (t) => {
    for (const kind of ['gitea', 'github'] as const) {
      const { forge, drive } = await open(t, kind, {});
      abilitiesOf(forge.state).tellsRun = false;
      addOther(forge);
      await drive.attempt();
      await drive.attempt();
      const ours = runsOf(forge.state).at(-1);
      addOther(forge, { workflow: 'nightly.yml' });
      addOther(forge);
      await drive.attempt();
      addOther(forge);
      if (ours !== undefined) ours.state = 'failure';
      const { report } = await drive.untilEnd();
      assert.match(JSON.stringify(report.result), new RegExp(`failed.*runs/${ours?.id}"`));
    }
  });

  it('sends only once, as an effect, where the forge does not show its runs', async (t) => {
    const { forge, drive } = await open(t, 'gitea', {});
    abilitiesOf(forge.state).listsRuns = false;
    abilitiesOf(forge.state).tellsRun = false;
    const stored = await drive.crash();
    assert.deepEqual([stored?.intent, stored?.state], ['start', 'running'], 'the engine waits for a person');
    const other = await open(t, 'gitea', {});
    abilitiesOf(other.forge.state).listsRuns = false;
    abilitiesOf(other.forge.state).tellsRun = false;
    const { report } = await other.drive.untilEnd();
    assert.match(JSON.stringify(report.result), /cannot be seen.*"state":"unknown"/);
    assert.equal(runsOf(other.forge.state).length, 1);
  });

  it('looks less and less often, and not longer than it is told', async (t) => {
    const { forge, drive } = await open(t, 'gitea', { followFor: '1h' });
    await drive.attempt();
    const waits: number[] = [];
    for (;;) {
      const before = drive.nowMs();
      const { report } = await drive.attempt();
      if (report.nextAt === null) {
        assert.match(JSON.stringify(report.result), /still goes on after 1 hours.*"state":"running"/);
        break;
      }
      waits.push(drive.nowMs() - before);
    }
    assert.deepEqual([waits[0], waits.at(-1)], [5_000, 60_000]);
    assert.deepEqual(
      waits,
      waits.toSorted((one, other) => one - other),
    );
    assert.equal(waits.reduce((sum, wait) => sum + wait, 0) >= 3_600_000, true);
    assert.equal(runsOf(forge.state).length, 1);
    const steps = drive.steps();
    assert.ok(steps.length < 5, 'looking leaves no steps behind');
    const strict = await open(t, 'gitea', { followFor: '1m', required: true });
    const dead = await strict.drive.untilEnd();
    assert.deepEqual([dead.report.state, dead.code], ['dead', 'upstream_refused']);
  });

  it('survives a forge that is away while it follows, and a run that is deleted', async (t) => {
    const { forge, drive } = await open(t, 'github', {});
    await drive.attempt();
    await drive.attempt();
    forge.interfere = () => ({ status: 503, body: { message: 'away' } });
    const away = await drive.attempt();
    assert.deepEqual([away.report.state, away.code], ['failed', 'upstream_failed']);
    drive.pass(7 * 3_600_000);
    const over = await drive.attempt();
    assert.match(JSON.stringify(over.report.result), /cannot be seen.*503.*"state":"unknown"/);
    const other = await open(t, 'github', {});
    await other.drive.attempt();
    await other.drive.attempt();
    runsOf(other.forge.state).length = 0;
    const gone = await other.drive.untilEnd();
    assert.match(JSON.stringify(gone.report.result), /cannot be seen.*404.*"state":"unknown"/);
  });

  it('does not follow when it is not to', async (t) => {
    const { forge, drive } = await open(t, 'gitea', { follow: false });
    const { report } = await drive.untilEnd();
    const { id } = onlyRun(forge);
    assert.match(
      JSON.stringify(report.result),
      new RegExp(`Started build.yml of dataforge/app.*"state":"started","id":"${id}"`),
    );
    assert.equal(forge.requests.filter(({ path }) => path.endsWith(`/runs/${id}`)).length, 0);
  });

  it('takes the tag of a tag, and the default branch when the event has none or it is gone', async (t) => {
    const repo = { ...makeRepo('dataforge/app'), defaultBranch: 'main' };
    const cases = [
      [{ repo, ref: 'refs/tags/v1.0.0', tag: 'v1.0.0' }, 'refs/tags/v1.0.0'],
      [{ repo, branch: 'gone', deleted: true }, 'refs/heads/main'],
      [{ repo, type: 'issue.labeled' as const }, 'refs/heads/main'],
    ] as const;
    for (const kind of KINDS) {
      for (const [fields, ref] of cases) {
        const { forge, drive } = await open(t, kind, { follow: false }, toEvent(fields));
        await drive.untilEnd();
        assert.equal(onlyRun(forge).ref, ref);
      }
    }
  });

  it('starts workflows of other repositories of the same forge, and of no other forge', async (t) => {
    const { forge, drive } = await open(t, 'gitea', { repo: 'dataforge/deploy', ref: 'main', follow: false });
    addRepository(forge.state, 'dataforge', 'deploy');
    await drive.untilEnd();
    assert.equal(onlyRun(forge).repository.name, 'deploy');
    const target = (input: object, event: Event | null) => pipelineDispatch.target({ inputs: {}, ...input }, event);
    assert.deepEqual(target({ workflow: 'a.yml', repo: 'dataforge/deploy' }, PUSH), {
      destination: 'forge:home',
      orderKey: 'pipeline.dispatch forge:home dataforge/deploy a.yml',
      credential: 'forge:home',
      reaches: ['repo:home/dataforge/deploy'],
    });
    assert.throws(() => target({ forge: 'elsewhere' }, PUSH), { code: 'input_invalid' });
    assert.throws(() => target({ forge: 'home' }, null), { code: 'input_invalid' });
    assert.throws(() => target({ repo: 'noslash' }, PUSH), { code: 'input_invalid' });
    assert.equal(target({ forge: 'home', repo: 'a/b' }, null).destination, 'forge:home');
  });

  it('says what it cannot do on a kind of forge', async (t) => {
    const { forge } = await open(t, 'gitea', {});
    const config = { forges: { home: forge.config } };
    const variables = await runAction(
      t,
      pipelineDispatch,
      { workflow: 'a.yml', variables: { A: '1' } },
      { event: PUSH, config },
    );
    assert.deepEqual([variables.report.state, variables.code], ['dead', 'input_invalid']);
    const gogs = await startFakeForge(t, { kind: 'gogs' });
    const none = await runAction(
      t,
      pipelineDispatch,
      { workflow: 'a.yml' },
      { event: PUSH, config: { forges: { home: gogs.config } } },
    );
    assert.deepEqual([none.report.state, none.code], ['dead', 'rule_invalid']);
  });

  it('keeps hostile names in their place', async (t) => {
    const { forge } = await open(t, 'gitea', {});
    const config = { forges: { home: forge.config } };
    for (const [workflow, repo] of [
      ['build.yml', '../../admin/users'],
      ['..', 'dataforge/app'],
      ['a?b#c', 'dataforge/app'],
      ['build.yml', 'dataforge/app?x'],
    ]) {
      const input = { workflow, repo, ref: 'main' };
      const { report } = await runAction(t, pipelineDispatch, input, { event: PUSH, config, attempt: 1 });
      assert.equal(['dead', 'waiting'].includes(report.state), true);
    }
    for (const { path } of forge.requests) assert.match(path, /^\/api\/v1\/repos\/[^/]+\/[^/]+\/actions\//);
    assert.equal(runsOf(forge.state).length, 0);
  });
});

const PUSH = toEvent({ repo: { ...makeRepo('dataforge/app'), defaultBranch: 'main' }, branch: 'feature/one' });

function toEvent(fields: Parameters<typeof makeEvent>[0]): Event {
  return { ...makeEvent(fields), seq: 7 };
}

interface Opened {
  readonly forge: FakeForge;
  readonly drive: DrivenRun;
}

async function open(t: TestContext, kind: Kind, input: object, event = PUSH, token?: string): Promise<Opened> {
  const forge = await startFakeForge(t, { kind });
  if (kind === 'forgejo') dialectOf(forge).isForgejo = true;
  const config = { forges: { home: { ...forge.config, ...(token === undefined ? {} : { token }) } } };
  const workflow = kind === 'gitlab' ? {} : { workflow: 'build.yml' };
  return { forge, drive: driveAction(t, pipelineDispatch, { ...workflow, ...input }, { event, config }) };
}

function onlyRun(forge: FakeForge): FakeRun {
  const [run, ...others] = runsOf(forge.state);
  assert.equal(others.length, 0);
  return run as FakeRun;
}

/** What somebody else starts in the meantime. */
function addOther({ state, kind }: FakeForge, change: Partial<FakeRun> = {}): FakeRun {
  const [repository] = state.repositories;
  if (repository === undefined) throw new Error('A fake forge has a repository.');
  return addRun(state, {
    repository,
    workflow: kind === 'gitlab' ? '' : 'build.yml',
    ref: 'refs/heads/feature/one',
    event: kind === 'gitlab' ? 'api' : 'workflow_dispatch',
    inputs: {},
    variables: {},
    ...change,
  });
}
