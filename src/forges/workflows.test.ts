import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FakeForge } from '../../test/fake-forge/contract.ts';
import { dialectOf } from '../../test/fake-forge/gitea/workflows.ts';
import { TRIGGER_TOKEN } from '../../test/fake-forge/gitlab/workflows.ts';
import { abilitiesOf, addRun, runsOf } from '../../test/fake-forge/runs.ts';
import { startFakeForge } from '../../test/fake-forge/start.ts';
import { TOKENS } from '../../test/fake-forge/state.ts';
import type { Repository } from '../core/event.ts';
import { toShortRef, toWorkflowState } from './workflow-state.ts';
import type { WorkflowApi, WorkflowRef } from './write-contract.ts';

const BEFORE = '2026-01-01T00:00:00.000Z';
const AFTER = '2027-01-01T00:00:00.000Z';

for (const kind of ['gitea', 'forgejo', 'github', 'gitlab'] as const) {
  describe(`workflows of ${kind}`, () => {
    const isGitLab = kind === 'gitlab';

    it('starts one with its inputs, and follows it to each end', async (t) => {
      const { forge, api, workflow } = await open(t, kind);
      const run = await api.dispatch({ ...workflow, inputs: { version: '1.0 "quoted"\n$(id)' } });
      const [made] = runsOf(forge.state);
      assert.equal(run?.id, String(made?.id));
      assert.equal(run?.state, 'pending');
      assert.match(run?.url ?? '', /^http.*\/dataforge\/app\/.*(runs|pipelines)\/\d+$/);
      assert.deepEqual([made?.ref, made?.inputs], ['refs/heads/main', { version: '1.0 "quoted"\n$(id)' }]);
      for (const state of ['running', 'success', 'failure', 'cancelled'] as const) {
        if (made !== undefined) made.state = state;
        assert.equal((await api.get(workflow.repo, run?.id ?? '')).state, state);
      }
    });

    it('starts one at a tag', async (t) => {
      const { forge, api, workflow } = await open(t, kind);
      await api.dispatch({ ...workflow, ref: 'refs/tags/v1.0.0' });
      assert.equal(runsOf(forge.state)[0]?.ref, 'refs/tags/v1.0.0');
      assert.equal((await api.listDispatched({ ...workflow, ref: 'refs/tags/v1.0.0' }, BEFORE)).length, 1);
      assert.deepEqual(await api.listDispatched(workflow, BEFORE), []);
    });

    it('lists those of that workflow and ref that were dispatched since, newest first', async (t) => {
      const { forge, api, workflow } = await open(t, kind);
      const list = async (since = BEFORE) =>
        (await api.listDispatched(workflow, since)).map(({ id, state }) => [id, state]);
      assert.deepEqual(await list(), []);
      await api.dispatch(workflow);
      const [first] = runsOf(forge.state);
      await api.dispatch({ ...workflow, ref: 'feature/one' });
      if (!isGitLab) await api.dispatch({ ...workflow, workflow: 'nightly.yml' });
      if (first !== undefined) addRun(forge.state, { ...first, event: 'push' });
      assert.deepEqual(await list(), [[String(first?.id), 'pending']]);
      await api.dispatch(workflow);
      const second = runsOf(forge.state).at(-1);
      if (second !== undefined) second.state = 'running';
      assert.deepEqual(await list(), [
        [String(second?.id), 'running'],
        [String(first?.id), 'pending'],
      ]);
      if (first !== undefined) first.state = 'success';
      assert.deepEqual(await list(AFTER), []);
    });

    it('says what the forge refuses, and tells a passing failure from a refusal', async (t) => {
      const { forge, api, workflow } = await open(t, kind);
      const lost = { ...workflow, ref: 'gone' };
      await assert.rejects(api.dispatch(lost), { code: 'upstream_refused' });
      const hidden = { ...workflow, repo: { ...workflow.repo, id: '99999', owner: 'nobody' } };
      await assert.rejects(api.dispatch(hidden), { code: 'upstream_refused' });
      await assert.rejects(api.get(workflow.repo, '4242'), { code: 'upstream_refused' });
      await assert.rejects(api.get(workflow.repo, '..'), { code: 'upstream_refused' });
      const reader = forge.api(TOKENS.reader).workflows as WorkflowApi;
      await assert.rejects(reader.dispatch(workflow), { code: 'access_refused' });
      const stranger = forge.api('hunter9').workflows as WorkflowApi;
      await assert.rejects(stranger.dispatch(workflow), { code: 'credential_refused' });
      for (const [status, code] of [
        [500, 'upstream_failed'],
        [429, 'upstream_busy'],
      ] as const) {
        forge.interfere = () => ({ status, body: { message: 'no' } });
        await assert.rejects(api.dispatch(workflow), { code, outcomeUnknown: false });
      }
      assert.equal(runsOf(forge.state).length, 0);
      forge.interfere = () => 'drop-after';
      await assert.rejects(api.dispatch(workflow), { code: 'upstream_failed', outcomeUnknown: true });
      assert.equal(runsOf(forge.state).length, 1);
      forge.interfere = () => ({ body: '<html>sign in</html>' });
      await assert.rejects(api.get(workflow.repo, '1'), { code: 'upstream_failed' });
      await assert.rejects(
        api.listDispatched(workflow, BEFORE),
        { code: 'upstream_failed' },
        'a page is not an empty list',
      );
    });
  });
}

describe('workflows of older forges', () => {
  it('are started without being told which run it is', async (t) => {
    for (const kind of ['gitea', 'github'] as const) {
      const { forge, api, workflow } = await open(t, kind);
      abilitiesOf(forge.state).tellsRun = false;
      assert.equal(await api.dispatch(workflow), undefined);
      assert.equal(runsOf(forge.state).length, 1);
      assert.equal((await api.listDispatched(workflow, BEFORE))[0]?.id, String(runsOf(forge.state)[0]?.id));
    }
  });

  it('need the name of the file', async (t) => {
    for (const kind of ['gitea', 'github'] as const) {
      const { api, workflow } = await open(t, kind);
      await assert.rejects(api.dispatch({ ...workflow, workflow: undefined }), { code: 'input_invalid' });
      const run = await api.dispatch({ ...workflow, workflow: '.github/workflows/build.yml' });
      assert.ok(run, 'the path of the file is as good as its name');
    }
  });
});

describe('pipelines of gitlab', () => {
  it('take variables, and a trigger token instead of the token of the forge', async (t) => {
    const { forge, api, workflow } = await open(t, 'gitlab');
    await api.dispatch({ ...workflow, variables: { A: '1' } });
    await api.dispatch({ ...workflow, variables: { B: '2' }, inputs: { version: '3' }, triggerToken: TRIGGER_TOKEN });
    const made = runsOf(forge.state).map(({ event, variables, inputs }) => ({ event, variables, inputs }));
    assert.deepEqual(made, [
      { event: 'api', variables: { A: '1' }, inputs: {} },
      { event: 'trigger', variables: { B: '2' }, inputs: { version: '3' } },
    ]);
    const ids = runsOf(forge.state).map(({ id }) => String(id));
    assert.equal((await api.listDispatched(workflow, BEFORE))[0]?.id, ids[0]);
    assert.equal((await api.listDispatched({ ...workflow, triggerToken: TRIGGER_TOKEN }, BEFORE))[0]?.id, ids[1]);
    await assert.rejects(api.dispatch({ ...workflow, triggerToken: 'wrong' }), { code: 'upstream_refused' });
  });
});

describe('words of a workflow run', () => {
  it('means what the forges mean', () => {
    const cases = [
      [['completed', 'success'], 'success'],
      [['completed', 'skipped'], 'success'],
      [['completed', 'timed_out'], 'failure'],
      [['completed', 'a new word'], 'failure'],
      [['completed', 'cancelled'], 'cancelled'],
      [['completed', undefined], 'running'],
      [['in_progress', undefined], 'running'],
      [['queued', undefined], 'pending'],
      [['blocked', undefined], 'pending'],
      [['failure', undefined], 'failure'],
      [['a new word', undefined], 'pending'],
    ] as const;
    for (const [[status, conclusion], state] of cases) {
      assert.equal(toWorkflowState(status, conclusion), state, `${status} ${conclusion}`);
    }
    assert.equal(toShortRef('refs/heads/feature/refs/tags/x'), 'feature/refs/tags/x');
  });
});

interface Opened {
  readonly forge: FakeForge;
  readonly api: WorkflowApi;
  readonly workflow: WorkflowRef;
}

async function open(t: TestContext, kind: 'gitea' | 'forgejo' | 'github' | 'gitlab'): Promise<Opened> {
  const forge = await startFakeForge(t, { kind });
  if (kind === 'forgejo') dialectOf(forge).isForgejo = true;
  const [{ id } = { id: 0 }] = forge.state.repositories;
  const repo: Repository = {
    id: String(id),
    fullName: 'dataforge/app',
    owner: 'dataforge',
    name: 'app',
    url: `${forge.url}/dataforge/app`,
  };
  const workflow = kind === 'gitlab' ? {} : { workflow: 'build.yml' };
  return { forge, api: forge.api().workflows as WorkflowApi, workflow: { repo, ref: 'main', inputs: {}, ...workflow } };
}
