import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type DrivenRun, driveAction } from '../../../test/drive-action.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { DAG_TOKEN, startAirflow, startDagu } from '../../../test/fake-ci/dag-engines.ts';
import { JENKINS_TOKEN, startJenkins } from '../../../test/fake-ci/jenkins.ts';
import type { FakeCi, StartedPipeline } from '../../../test/fake-ci/server.ts';
import { startWoodpecker, WOODPECKER_TOKEN } from '../../../test/fake-ci/woodpecker.ts';
import { pipelineDispatch } from './index.ts';

const PUSH = {
  ...makeEvent({ repo: { ...makeRepo('dataforge/app'), defaultBranch: 'main' }, branch: 'main', after: 'c3d0be41' }),
  seq: 7,
};
const TOKEN = '${env:CI_TOKEN}';
const HOSTILE = '"; rm -rf / \n&x=1 ${env:HOME} <b>ü</b>';

/** What is the same for every engine, and the words in which each says it. */
interface Trial {
  readonly name: string;
  readonly token: string;
  readonly ends: Readonly<Record<string, 'success' | 'failure' | 'cancelled'>>;
  /** The state in which it goes on. */
  readonly running: string;
  /** Whether a repeated start is recognised or found; otherwise the engine waits for a person. */
  readonly recognises: boolean;
  /** Whether the first attempt only notes how to find it again. */
  readonly notes?: true;
  start(t: TestContext): Promise<FakeCi>;
  input(url: string): object;
  readonly values: Readonly<Record<string, string>>;
}

const TRIALS: readonly Trial[] = [
  {
    name: 'woodpecker',
    token: WOODPECKER_TOKEN,
    running: 'running',
    ends: { success: 'success', failure: 'failure', error: 'failure', killed: 'cancelled', declined: 'cancelled' },
    recognises: true,
    notes: true,
    start: startWoodpecker,
    input: (url) => ({ engine: 'woodpecker', url: `${url}/`, variables: { NOTE: HOSTILE }, token: TOKEN }),
    values: { NOTE: HOSTILE, FETTLE_RUN: '00000000-0000-8000-8000-00000000abcd' },
  },
  {
    name: 'jenkins',
    token: JENKINS_TOKEN,
    running: '',
    ends: {
      SUCCESS: 'success',
      UNSTABLE: 'failure',
      FAILURE: 'failure',
      ABORTED: 'cancelled',
      'cancelled in the queue': 'cancelled',
    },
    recognises: false,
    start: startJenkins,
    input: (url) => ({
      engine: 'jenkins',
      url: `${url}/ci`,
      job: '/team/app/',
      user: 'fettle',
      token: TOKEN,
      parameters: { REPO: HOSTILE, UNDECLARED: 'x' },
    }),
    values: { REPO: HOSTILE },
  },
  {
    name: 'dagu',
    token: DAG_TOKEN,
    running: '1',
    ends: { 4: 'success', 2: 'failure', 6: 'failure', 3: 'cancelled', 8: 'cancelled' },
    recognises: true,
    start: startDagu,
    input: (url) => ({ engine: 'dag', flavour: 'dagu', url, dag: 'nightly', params: { note: HOSTILE }, token: TOKEN }),
    values: { note: HOSTILE },
  },
  {
    name: 'dagu before 2.0',
    token: DAG_TOKEN,
    running: '5',
    ends: { 4: 'success' },
    recognises: true,
    start: (t) => startDagu(t, 'v2'),
    input: (url) => ({ engine: 'dag', flavour: 'dagu', url: `${url}/api/v2`, dag: 'nightly', token: TOKEN }),
    values: {},
  },
  {
    name: 'airflow',
    token: DAG_TOKEN,
    running: 'running',
    ends: { success: 'success', failed: 'failure' },
    recognises: true,
    start: startAirflow,
    input: (url) => ({
      engine: 'dag',
      flavour: 'airflow',
      url,
      dag: 'nightly',
      params: { note: HOSTILE },
      token: TOKEN,
    }),
    values: { note: HOSTILE },
  },
  {
    name: 'airflow before 3.0',
    token: DAG_TOKEN,
    running: 'queued',
    ends: { success: 'success' },
    recognises: true,
    start: (t) => startAirflow(t, 'v1'),
    input: (url) => ({
      engine: 'dag',
      flavour: 'airflow',
      url: `${url}/api/v1/`,
      dag: 'nightly',
      user: 'fettle',
      token: TOKEN,
    }),
    values: {},
  },
];

for (const trial of TRIALS) {
  describe(`pipeline.dispatch with ${trial.name}`, () => {
    it('starts it with its values and follows it to each end', async (t) => {
      for (const [word, state] of Object.entries(trial.ends)) {
        const { ci, drive } = await open(t, trial);
        const pipeline = await started(ci, drive);
        assert.deepEqual(pipeline.values, trial.values);
        await drive.attempt();
        if (word !== 'cancelled in the queue') pipeline.state = trial.running;
        assert.equal((await drive.attempt()).report.state, 'waiting');
        pipeline.state = word;
        const { report } = await drive.untilEnd();
        assert.equal(report.state, 'succeeded');
        const { data, url } = report.result as { data: { state: string; url: string }; url: string };
        assert.deepEqual([data.state, data.url], [state, url], word);
        assert.ok(url.startsWith(ci.url), url);
        assert.equal(ci.started.length, 1);
        for (const { headers } of ci.requests) assert.equal(headers['fettle-hops'], '3');
      }
    });

    it('does not start it twice when the process dies before the start is recorded', async (t) => {
      const { ci, drive } = await open(t, trial);
      if (trial.notes) await drive.attempt();
      const stored = await drive.crash();
      assert.equal(ci.started.length, 1);
      if (!trial.recognises) {
        assert.deepEqual([stored?.state, stored?.intent], ['running', 'start'], 'the engine waits for a person');
        return;
      }
      const [pipeline] = ci.started;
      if (pipeline !== undefined) pipeline.state = Object.keys(trial.ends)[0] ?? '';
      const { report } = await drive.untilEnd();
      assert.equal(report.state, 'succeeded');
      assert.equal(ci.started.length, 1);
    });

    it('takes no answer for what it is', async (t) => {
      const { ci, drive } = await open(t, trial);
      ci.interfere = ({ method }) => (method === 'POST' ? 'drop-after' : undefined);
      let end = await drive.attempt();
      while (ci.started.length === 0) end = await drive.attempt();
      ci.interfere = undefined;
      if (!trial.recognises) {
        assert.deepEqual([end.report.state, end.code], ['waiting', 'outcome_unknown']);
        return;
      }
      assert.deepEqual([end.report.state, end.code], ['failed', 'upstream_failed']);
      const [pipeline] = ci.started;
      if (pipeline !== undefined) pipeline.state = Object.keys(trial.ends)[0] ?? '';
      assert.equal((await drive.untilEnd()).report.state, 'succeeded');
      assert.equal(ci.started.length, 1);
    });

    it('ends in the right state when it is refused, and repeats no secret', async (t) => {
      const cases = [
        [400, 'dead', 'upstream_refused'],
        [401, 'waiting', 'credential_refused'],
        [403, 'waiting', 'access_refused'],
        [404, 'dead', 'upstream_refused'],
        [422, 'dead', 'upstream_refused'],
        [429, 'failed', 'upstream_busy'],
        [500, 'failed', 'upstream_failed'],
        [503, 'failed', 'upstream_failed'],
      ] as const;
      for (const [status, state, code] of cases) {
        const { ci, drive } = await open(t, trial);
        ci.interfere = ({ method, headers }) =>
          method === 'POST' ? { status, body: { message: `no: ${JSON.stringify(headers)}` } } : undefined;
        let end = await drive.attempt();
        while (!ci.requests.some(({ method }) => method === 'POST')) end = await drive.attempt();
        assert.deepEqual([end.report.state, end.code], [state, code], String(status));
        const basic = Buffer.from(`fettle:${trial.token}`).toString('base64');
        for (const secret of [trial.token, basic]) assert.equal(JSON.stringify(end.report).includes(secret), false);
        const says = await open(t, trial);
        says.ci.interfere = ({ method }) =>
          method === 'POST' ? { status, body: { message: 'not on a Sunday' } } : undefined;
        end = await says.drive.attempt();
        while (!says.ci.requests.some(({ method }) => method === 'POST')) end = await says.drive.attempt();
        assert.match(end.error?.message ?? '', /not on a Sunday/);
      }
    });

    it('waits when the token is not accepted, and says when another side answers', async (t) => {
      const { drive } = await open(t, trial, 'hunter9-wrong');
      const { report, code } = await drive.untilEnd();
      assert.deepEqual([report.state, code], ['waiting', 'credential_refused']);
      const page = await open(t, trial);
      const pipeline = await started(page.ci, page.drive);
      pipeline.state = trial.running;
      page.ci.interfere = () => ({ status: 200, body: '<html>sign in</html>' });
      const end = await page.drive.attempt();
      assert.deepEqual([end.report.state, end.code], ['failed', 'upstream_failed']);
      assert.match(end.error?.message ?? '', /sign-in page/);
    });

    it('goes to its own host and keeps order there', () => {
      const target = pipelineDispatch.target(pipelineDispatch.input.parse(trial.input('https://ci.example.org')), PUSH);
      assert.equal(target.destination, 'ci.example.org');
      assert.deepEqual(target.reaches, ['host:ci.example.org']);
      assert.match(target.orderKey ?? '', /^pipeline\.dispatch ci\.example\.org ./);
      assert.equal(target.credential, `secret:${TOKEN}`);
    });
  });
}

describe('pipeline.dispatch with woodpecker', () => {
  it('looks the repository up once, or not at all', async (t) => {
    const { ci, drive } = await open(t, TRIALS[0] as Trial);
    await started(ci, drive);
    await drive.attempt();
    await drive.attempt();
    assert.equal(ci.requests.filter(({ path }) => path.includes('lookup')).length, 1);
    const input = { engine: 'woodpecker', url: ci.url, token: TOKEN, repoId: 5, branch: 'gone' };
    const direct = openInput(t, input, WOODPECKER_TOKEN);
    const { report, error } = await direct.untilEnd();
    assert.equal(report.state, 'dead');
    assert.match(error?.message ?? '', /could not get branch/);
  });
});

describe('pipeline.dispatch with dag engines', () => {
  it('comes back when the engine takes no second run at a time', async (t) => {
    const { ci, drive } = await open(t, TRIALS[2] as Trial);
    ci.interfere = ({ method }) =>
      method === 'POST' ? { status: 409, body: { message: 'already running' } } : undefined;
    const end = await drive.attempt();
    assert.deepEqual([end.report.state, end.code], ['failed', 'upstream_failed']);
    ci.interfere = undefined;
    await started(ci, drive);
    assert.equal(ci.started.length, 1);
  });

  it('waits for a run to be seen, but not for ever', async (t) => {
    const { ci, drive } = await open(t, TRIALS[4] as Trial);
    await started(ci, drive);
    ci.started.length = 0;
    const { report } = await drive.untilEnd();
    assert.match(JSON.stringify(report.result), /cannot be found there.*"state":"unknown"/);
  });

  it('needs no token', () => {
    const target = pipelineDispatch.target(
      pipelineDispatch.input.parse({ engine: 'dag', flavour: 'dagu', url: 'http://dagu.internal:8080', dag: 'x' }),
      null,
    );
    assert.deepEqual([target.destination, target.credential], ['dagu.internal:8080', null]);
  });

  it('lets no name leave its place', async (t) => {
    const ci = await startDagu(t);
    for (const dag of ['../../admin', '..', 'a/../../b', 'x?y', 'x#y']) {
      const drive = openInput(t, { engine: 'dag', flavour: 'dagu', url: ci.url, dag, token: TOKEN }, DAG_TOKEN);
      assert.equal((await drive.untilEnd()).report.state, 'dead');
    }
    for (const { path } of ci.requests) assert.match(path, /^\/api\/v1\/dags\/[^/?#]+\/start$/);
  });
});

interface Opened {
  readonly ci: FakeCi;
  readonly drive: DrivenRun;
}

async function open(t: TestContext, trial: Trial, token = trial.token): Promise<Opened> {
  const ci = await trial.start(t);
  return { ci, drive: openInput(t, trial.input(ci.url), token) };
}

function openInput(t: TestContext, input: object, token: string): DrivenRun {
  return driveAction(t, pipelineDispatch, input, { event: PUSH, secrets: { [TOKEN]: token }, hops: 2 });
}

async function started(ci: FakeCi, drive: DrivenRun): Promise<StartedPipeline> {
  for (let count = 0; count < 5 && ci.started.length === 0; count += 1) await drive.attempt();
  const [pipeline] = ci.started;
  if (pipeline === undefined) throw new Error('Nothing was started.');
  return pipeline;
}
