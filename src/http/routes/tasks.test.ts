import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Role } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { createId } from '../../core/id.ts';
import { insertToken } from '../../store/tokens.ts';
import type { Caller, TaskDesk } from '../../tasks/desk-contract.ts';
import type { Moved } from '../../tasks/shapes.ts';
import { ABSENT_DESK } from '../../../test/absent-desk.ts';
import { createDatabaseContext } from '../../../test/databases.ts';
import { createHttpHub } from '../../../test/http-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';
import { createTokenText, toSecretHash } from '../access/secret-text.ts';

const ID = '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f';
const MOVED: Moved = { id: ID, state: 'leased', reason: null, attempt: 0, verdicts: [], expiresAt: null };

describe('the routes of tasks', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  /** A hub whose desk does what is given, and a way to ask it in a role. */
  async function createTrial(t: TestContext, desk: Partial<TaskDesk>, repos: string[] = []) {
    const { app } = await createHttpHub(t, { db: store().db, tasks: { ...ABSENT_DESK, ...desk } });
    const ask = async (role: Role, method: 'GET' | 'POST', url: string, body?: object | string, headers = {}) => {
      const text = createTokenText();
      await insertToken(store().db, {
        id: createId(),
        name: `the ${role}`,
        role,
        scopes: { repos },
        hash: toSecretHash(text),
        createdAt: new Date(),
        createdBy: null,
        expiresAt: null,
      });
      const content = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
      const payload = body === undefined ? {} : { payload: body };
      return await app.inject({
        method,
        url,
        ...payload,
        headers: { authorization: `Bearer ${text}`, ...content, ...headers },
      });
    };
    return { app, ask };
  }

  test('a list is asked for with its filters, and one that is misspelt is refused', async (t) => {
    const asked: unknown[] = [];
    const { ask } = await createTrial(t, {
      list: async (filter, page, { principal }) => {
        asked.push([filter, page, principal.name]);
        return { tasks: [], next: 7 };
      },
    });
    const url =
      '/api/v1/tasks?state=queued,leased&state=dead&forge=home&repo=dataforge/*&agent=mosaic&label=bug&before=9&limit=5';
    const answer = await ask('agent', 'GET', url);
    assert.deepEqual([answer.statusCode, answer.json()], [200, { tasks: [], next: 7 }]);
    assert.deepEqual(asked, [
      [
        { states: ['queued', 'leased', 'dead'], forge: 'home', repos: ['dataforge/*'], agent: 'mosaic', label: 'bug' },
        { before: 9, limit: 5 },
        'the agent',
      ],
    ]);
    for (const query of ['states=queued', 'state=done', 'state=', 'repo=,', 'limit=0', 'limit=1001', 'agent=a%00b']) {
      const refused = await ask('viewer', 'GET', `/api/v1/tasks?${query}`);
      assert.deepEqual([refused.statusCode, refused.json().code], [400, 'invalid_request'], query);
    }
  });

  test('a claim without work is 204, and one with an unknown agent says so', async (t) => {
    const { ask } = await createTrial(t, {
      claim: async ({ agent }) => {
        if (agent === 'nobody') throw new FettleError('agent_unknown', 'No agent is called nobody.');
        return undefined;
      },
    });
    const none = await ask('agent', 'POST', '/api/v1/tasks/claim', { agent: 'mosaic' });
    assert.deepEqual([none.statusCode, none.body, none.headers['cache-control']], [204, '', 'no-store']);
    const unknown = await ask('agent', 'POST', '/api/v1/tasks/claim', { agent: 'nobody' });
    assert.deepEqual([unknown.statusCode, unknown.json().code], [422, 'agent_unknown']);
    for (const body of [{}, { agent: '' }, { agent: 'a', wait: 26 }, { agent: 'a', waits: 1 }, { agent: 'a\u0000' }]) {
      assert.equal((await ask('agent', 'POST', '/api/v1/tasks/claim', body)).statusCode, 400, JSON.stringify(body));
    }
  });

  test('an operator decides about tasks and holds none, an agent holds them and decides nothing', async (t) => {
    const { ask } = await createTrial(t, { claim: async () => undefined });
    const claim = ['POST', '/api/v1/tasks/claim', { agent: 'mosaic' }] as const;
    const cancel = ['POST', `/api/v1/tasks/${ID}/cancel`, {}] as const;
    const codes = async (role: Role) => [
      (await ask(role, ...claim)).statusCode,
      (await ask(role, ...cancel)).statusCode,
    ];
    assert.deepEqual(await codes('viewer'), [403, 403]);
    assert.deepEqual(await codes('agent'), [204, 403]);
    assert.deepEqual(await codes('operator'), [403, 503]);
    assert.deepEqual(await codes('admin'), [204, 503]);
  });

  test('a client that goes away while it waits for work is given none', async (t) => {
    const waiting = Promise.withResolvers<Caller>();
    const { app } = await createTrial(t, {
      claim: async (_request, caller) => {
        waiting.resolve(caller);
        await new Promise((resolve) => caller.signal.addEventListener('abort', resolve));
        return undefined;
      },
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const gone = new AbortController();
    const request = fetch(`${url}/api/v1/tasks/claim`, {
      method: 'POST',
      body: JSON.stringify({ agent: 'mosaic', wait: 25 }),
      headers: { authorization: 'Bearer an-admin-token-for-tests', 'content-type': 'application/json' },
      signal: gone.signal,
    });
    request.catch(() => undefined);
    const { signal } = await waiting.promise;
    assert.equal(signal.aborted, false);
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    gone.abort();
    await aborted;
  });

  test('a stale lease is a conflict that tells the present holder', async (t) => {
    const holder = { state: 'leased', agent: 'other', fence: 8, expiresAt: '2026-11-21T08:00:00.000Z' };
    const { ask } = await createTrial(t, {
      heartbeat: async () => {
        throw new FettleError('lease_stale', 'Another agent holds the task.', { holder });
      },
    });
    const answer = await ask('agent', 'POST', `/api/v1/tasks/${ID}/heartbeat`, { lease: 'fl_old' });
    assert.deepEqual([answer.statusCode, answer.json().code, answer.json().holder], [409, 'lease_stale', holder]);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  });

  test('the idempotency key reaches the desk, and one that cannot be kept is refused', async (t) => {
    const keys: unknown[] = [];
    const { ask } = await createTrial(t, {
      fail: async (_id, _request, { idempotencyKey }) => {
        keys.push(idempotencyKey);
        return MOVED;
      },
    });
    const body = { lease: 'fl_x', error: 'It does not build.', retryable: true };
    const url = `/api/v1/tasks/${ID}/fail`;
    assert.equal((await ask('agent', 'POST', url, body, { 'idempotency-key': 'try-1' })).statusCode, 200);
    assert.equal((await ask('agent', 'POST', url, body)).statusCode, 200);
    assert.deepEqual(keys, ['try-1', undefined]);
    for (const key of ['', 'two words', 'x'.repeat(201), 'schlüssel']) {
      const refused = await ask('agent', 'POST', url, body, { 'idempotency-key': key });
      assert.deepEqual([refused.statusCode, refused.json().code], [400, 'invalid_request'], key);
    }
    assert.equal(keys.length, 2);
  });

  test('a result of a megabyte is read and refused in words, and nothing reaches the desk', async (t) => {
    const { ask } = await createTrial(t, { complete: () => assert.fail('The desk was asked') });
    const url = `/api/v1/tasks/${ID}/complete`;
    for (const result of [{ summary: 'x'.repeat(2 ** 20) }, { summary: 'Done.', data: { log: 'x'.repeat(2 ** 20) } }]) {
      const answer = await ask('agent', 'POST', url, { lease: 'fl_x', result });
      assert.deepEqual([answer.statusCode, answer.json().code], [413, 'body_too_large']);
      assert.match(answer.json().detail, /^The result has 10\d{5} bytes as JSON, and at most 65536 are taken/);
    }
    const larger = await ask('agent', 'POST', url, { lease: 'fl_x', result: { summary: 'x'.repeat(2 ** 21) } });
    assert.deepEqual([larger.statusCode, larger.json().code], [413, 'body_too_large']);
    const long = await ask('agent', 'POST', url, { lease: 'fl_x', result: { summary: 'x'.repeat(8_001) } });
    assert.deepEqual([long.statusCode, long.json().code], [400, 'invalid_request']);
  });

  test('what people decide needs no body, and reaches the desk with their note', async (t) => {
    const asked: unknown[] = [];
    const note = (verb: string) => async (id: string, request: object) => {
      asked.push([verb, id, request]);
      throw new FettleError('task_not_movable', 'The task is over.');
    };
    const { ask } = await createTrial(t, { approve: note('approve'), waive: note('waive') });
    assert.equal((await ask('operator', 'POST', `/api/v1/tasks/${ID}/approve`)).statusCode, 409);
    const on = { repo: 'dataforge/app', number: 12 };
    assert.equal(
      (await ask('operator', 'POST', `/api/v1/tasks/${ID}/waive`, { note: 'Not needed.', on })).statusCode,
      409,
    );
    assert.deepEqual(asked, [
      ['approve', ID, {}],
      ['waive', ID, { note: 'Not needed.', on }],
    ]);
    assert.equal((await ask('operator', 'POST', '/api/v1/tasks/12/approve')).statusCode, 400);
  });

  test('every route of tasks is described, with what its answers mean', async (t) => {
    const { ask } = await createTrial(t, {});
    const { paths } = (await ask('viewer', 'GET', '/api/openapi.json')).json<{
      paths: Record<string, Record<string, { summary?: string; responses: object; parameters?: { name: string }[] }>>;
    }>();
    const routes = Object.entries(paths).filter(([path]) => path.startsWith('/api/v1/tasks'));
    assert.equal(routes.length, 16);
    for (const [path, methods] of routes) {
      for (const [method, { summary, responses, parameters = [] }] of Object.entries(methods)) {
        assert.ok((summary ?? '').length > 10, `${method} ${path}`);
        assert.ok('200' in responses, `${method} ${path}`);
        if (method === 'post')
          assert.ok(
            parameters.some(({ name }) => name === 'idempotency-key'),
            path,
          );
      }
    }
    assert.ok('204' in (paths['/api/v1/tasks/claim']?.['post']?.responses ?? {}));
  });
});
