import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { driveAction } from '../../../test/drive-action.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import { startSilentServer, WEB_FAULTS } from '../../../test/web-faults.ts';
import { type SeenRequest, startWebServer, type WebServer } from '../../../test/web-server.ts';
import type { Config } from '../../config/config.ts';
import { pipelineDispatch } from './index.ts';

const PUSH = { ...makeEvent({ repo: makeRepo('dataforge/app'), branch: 'main', title: '<b>\n"x"' }), seq: 7 };
const TOKEN = '${env:DAG_TOKEN}';
const SECRET = '${env:DAG_SECRET}';
const VALUES = { [TOKEN]: 'hunter2-dag-token', [SECRET]: `whsec_${randomBytes(24).toString('base64')}` };
const CONFIG: Partial<Config> = { publicUrl: 'https://fettle.example.org' };
const RUN = '00000000-0000-8000-8000-00000000abcd';

describe('pipeline.dispatch with http', () => {
  it('sends the event by default, with the id of the run as key', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.writeHead(202).end());
    const { report, code } = await run(t, server, { token: TOKEN }, { hops: 2, id: RUN });
    assert.deepEqual([report.state, code], ['succeeded', undefined]);
    assert.deepEqual(report.result, {
      summary: `Started the pipeline at ${server.host}.`,
      data: { state: 'started' },
    });
    const [seen] = server.requests;
    assert.ok(seen);
    assert.deepEqual([seen.method, seen.path], ['POST', '/run/app']);
    const { authorization, 'idempotency-key': key, 'webhook-id': id, 'fettle-hops': hops } = seen.headers;
    assert.deepEqual([authorization, key, id, hops], [`Bearer ${VALUES[TOKEN]}`, RUN, RUN, '3']);
    const envelope = HTTP.toEvent({ headers: seen.headers, body: seen.body }) as CloudEvent;
    assert.equal(envelope.type, 'dev.fettle.push');
    assert.deepEqual(envelope.data, PUSH);
  });

  it('sends what the rule says, in the names that the recipe uses, signed when asked to', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end());
    const input = { method: 'PUT', headers: { 'X-Source': 'fettle' }, body: '{"a":"ü"}', token: TOKEN, secret: SECRET };
    const now = Date.now();
    assert.equal((await run(t, server, input, { clock: () => now })).report.state, 'succeeded');
    const [seen] = server.requests as [SeenRequest];
    assert.deepEqual([seen.method, seen.body, seen.headers['x-source']], ['PUT', '{"a":"ü"}', 'fettle']);
    assert.equal(seen.headers['content-type'], 'application/json');
    new Webhook(VALUES[SECRET] ?? '').verify(seen.body, seen.headers as Record<string, string>);
    await run(t, server, { method: 'GET' });
    await run(t, server, { body: 'a=1', contentType: 'application/x-www-form-urlencoded' }, { event: null });
    const [, got, form] = server.requests as [SeenRequest, SeenRequest, SeenRequest];
    assert.deepEqual([got.method, got.body, got.headers['content-type']], ['GET', '', undefined]);
    assert.equal(form.headers['content-type'], 'application/x-www-form-urlencoded');
    await run(t, server, {}, { event: null, id: RUN });
    assert.equal((JSON.parse(server.requests[3]?.body ?? '') as { id: string }).id, RUN);
  });

  it('counts as started only what the rule expects', async (t) => {
    const server = await startWebServer(t, (seen, response) =>
      response.writeHead(Number(seen.path.split('/').at(-1))).end('{"message":"as told"}'),
    );
    const state = async (status: number, expect?: readonly number[]) => {
      const url = `${server.url}/${status}`;
      return (await run(t, server, { url, ...(expect === undefined ? {} : { expect }) })).report.state;
    };
    assert.equal(await state(200, [202]), 'dead');
    assert.equal(await state(202, [202]), 'succeeded');
    assert.equal(await state(409, [200, 409]), 'succeeded');
    assert.equal(await state(409), 'dead');
    assert.equal(await state(401, [200]), 'waiting');
  });

  it('follows by pointers, and takes numbers for ids and states', async (t) => {
    let state: unknown = 0;
    const server = await startWebServer(t, (seen, response) => {
      if (seen.method === 'POST') response.end(JSON.stringify({ run: { 'i/d': 12.5, page: 'javascript:alert(1)' } }));
      else response.end(JSON.stringify({ now: [{ state }], page: `${server.url}/page` }));
    });
    const follow = {
      idFrom: '/run/i~1d',
      url: `${server.url}/runs/{id}/state?of={id}`,
      stateFrom: '/now/0/state',
      success: ['2'],
      failure: ['3', 'true'],
      page: '/page',
    };
    for (const [end, word] of [
      [2, 'success'],
      [3, 'failure'],
      [true, 'failure'],
    ] as const) {
      state = 1;
      const drive = driveAction(t, pipelineDispatch, { ...base(server), token: TOKEN, follow }, trial());
      assert.equal((await drive.attempt()).report.state, 'waiting');
      assert.equal((await drive.attempt()).report.state, 'waiting');
      state = end;
      const { report } = await drive.untilEnd();
      const { data } = report.result as { data: object };
      assert.deepEqual(data, { state: word, id: '12.5', url: `${server.url}/page` });
    }
    const asked = server.requests.filter(({ method }) => method === 'GET');
    assert.ok(asked.every(({ path }) => path === '/runs/12.5/state?of=12.5'));
    assert.ok(asked.every(({ headers }) => headers['authorization'] === `Bearer ${VALUES[TOKEN]}`));
    assert.equal(server.requests.length - asked.length, 3);
  });

  it('follows nobody whom an answer names', async (t) => {
    const server = await startWebServer(t, (seen, response) =>
      response.end(JSON.stringify({ id: ids[0], path: seen.path })),
    );
    const ids = ['..', '.', '/../../x', '?x#y', '@evil.example.org', 'a\nb'];
    const follow = (url: string) => ({ idFrom: '/id', url, stateFrom: '/state', success: ['a'], failure: ['b'] });
    while (ids.length > 0) {
      const drive = driveAction(
        t,
        pipelineDispatch,
        { ...base(server), follow: follow(`${server.url}/runs/{id}`) },
        trial(),
      );
      const { report } = await drive.attempt();
      assert.ok(['dead', 'failed'].includes(report.state), report.state);
      ids.shift();
    }
    const asked = server.requests.filter(({ method }) => method === 'GET');
    assert.equal(asked.length, 4, 'an id of dots is not asked for');
    for (const { path } of asked) assert.match(path, /^\/runs\/[^/?#]+$/);
    ids.push('evil.example.org');
    for (const url of ['http://{id}/state', 'http://x.{id}:80/', 'http://{id}@127.0.0.1/', 'nonsense {id}']) {
      const drive = driveAction(t, pipelineDispatch, { ...base(server), follow: follow(url) }, trial());
      const { report, code } = await drive.attempt();
      assert.deepEqual([report.state, code], ['dead', 'input_invalid'], url);
    }
  });

  it('says so when the answer has nothing to follow', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end('{"other":1}'));
    const follow = { idFrom: '/id', url: `${server.url}/{id}`, stateFrom: '/s', success: ['a'], failure: ['b'] };
    const { report } = await run(t, server, { follow });
    assert.match(JSON.stringify(report.result), /no id at \/id.*"state":"unknown"/);
    const strict = await run(t, server, { follow, required: true });
    assert.equal(strict.report.state, 'dead');
  });

  it('has its intent on record, so that a start is not repeated unless the rule says that it may be', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end());
    const { saved, report } = await run(t, server, {});
    assert.deepEqual([saved[0]?.intent, report.intent], ['start', null]);
    const silent = await startSilentServer(t);
    const lost = await run(t, server, { url: `${silent}/x` }, { timeoutMs: 200 });
    assert.deepEqual([lost.report.state, lost.code], ['waiting', 'outcome_unknown']);
    const again = await run(t, server, { url: `${silent}/x` }, { timeoutMs: 200, onUnknown: 'resend' });
    assert.deepEqual([again.report.state, again.code], ['failed', 'run_timeout']);
  });

  for (const fault of WEB_FAULTS) {
    it(`ends in the right state when the other side ${fault.name}`, async (t) => {
      const url = `${await fault.start(t)}/run`;
      const input = { engine: 'http', url, body: 'hunter2-body', token: TOKEN, secret: SECRET };
      const { code, error, report } = await runAction(t, pipelineDispatch, input, { ...trial(), onUnknown: 'resend' });
      assert.equal(code, fault.code);
      assert.match(error?.message ?? '', fault.says);
      assert.equal(error?.retryAfterSeconds, fault.retryAfterSeconds);
      for (const secret of Object.values(VALUES)) assert.equal(JSON.stringify(report).includes(secret), false);
    });
  }

  it('refuses headers with line breaks, and those that Fettle sets', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end());
    const { report, code } = await run(t, server, { headers: { 'X-Title': 'a\r\nX-Evil: 1' } });
    assert.deepEqual([report.state, code], ['dead', 'input_invalid']);
    assert.equal(server.requests.length, 0);
    for (const name of ['Host', 'Authorization', 'webhook-id', 'Fettle-Hops', 'a b', '']) {
      assert.equal(accepts({ headers: { [name]: 'x' } }), false, name);
    }
  });

  it('names its hosts as what it reaches', () => {
    const follow = {
      idFrom: '/id',
      url: 'https://other.example.org/{id}',
      stateFrom: '/s',
      success: ['a'],
      failure: ['b'],
    };
    const toTarget = (input: object) =>
      pipelineDispatch.target(
        pipelineDispatch.input.parse({ engine: 'http', url: 'https://dag.example.org/x', ...input }),
        null,
      );
    assert.deepEqual(toTarget({ follow, token: TOKEN }), {
      destination: 'dag.example.org',
      orderKey: 'pipeline.dispatch https://dag.example.org/x',
      credential: `secret:${TOKEN}`,
      reaches: ['host:dag.example.org', 'host:other.example.org'],
    });
    assert.deepEqual(toTarget({ url: 'nonsense' }).reaches, ['host:']);
  });

  it('takes no input that cannot be meant', () => {
    assert.equal(accepts({}), true);
    assert.equal(accepts({ token: 'the secret itself' }), false);
    assert.equal(accepts({ follow: true }), false);
    assert.equal(accepts({ expect: [] }), false);
    assert.equal(accepts({ method: 'TRACE' }), false);
    assert.equal(accepts({ workflow: 'build.yml' }), false);
    for (const pointer of ['', 'id', '/a~2']) {
      const follow = { idFrom: pointer, url: 'https://a/{id}', stateFrom: '/s', success: ['a'], failure: ['b'] };
      assert.equal(accepts({ follow }), false, pointer);
    }
    assert.equal(pipelineDispatch.input.safeParse({ engine: 'unheard of' }).success, false);
  });
});

function accepts(input: object): boolean {
  return pipelineDispatch.input.safeParse({ engine: 'http', url: 'https://a.example.org', ...input }).success;
}

function base({ url }: WebServer) {
  return { engine: 'http', url: `${url}/run/app` };
}

function trial(more: ActionTrial = {}): ActionTrial {
  return { event: PUSH, config: CONFIG, secrets: VALUES, ...more };
}

function run(t: TestContext, server: WebServer, input: object, more: ActionTrial = {}) {
  return runAction(t, pipelineDispatch, { ...base(server), ...input }, trial(more));
}
