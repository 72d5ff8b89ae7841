import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { includesRole, ROLES, type Role } from '../../core/access.ts';
import { createId } from '../../core/id.ts';
import type { Database } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { insertToken, revokeToken } from '../../store/tokens.ts';
import { createDatabaseContext } from '../../../test/databases.ts';
import { ADMIN_TOKEN, bearer, createHttpHub } from '../../../test/http-hub.ts';
import { shareStore } from '../../../test/shared-store.ts';
import { createTokenText, toSecretHash } from './secret-text.ts';

const NOW = Date.now();

/** Who knocks: the header they send, and the role the guard should see in them. */
interface Caller {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly role: Role | null;
}

describe('the table of access', () => {
  const store = shareStore(createDatabaseContext('embedded'));

  test('every route admits exactly those whose role includes the one it declares', async (t) => {
    const { db } = store();
    const callers = await createCallers(db);
    const { app, routes } = await createHttpHub(t, {
      db,
      // Every handler but the access check itself is replaced, so that the walk may knock on all doors.
      extend: (hub) => {
        hub.addHook('preValidation', async (_request, reply) => reply.code(299).send());
      },
    });
    await app.ready();
    const declared = routes().filter(({ url }) => url !== '*' && url !== '/*');
    assert.ok(declared.length > 20);

    for (const { method, url, access } of declared) {
      for (const caller of callers) {
        const path = url.replace(/:\w+/g, 'x').replace('*', 'x');
        const { statusCode } = await app.inject({ method: method as 'GET', url: path, headers: caller.headers });
        const isAdmitted = access === 'public' || (caller.role !== null && includesRole(caller.role, access));
        const expected = isAdmitted ? 299 : caller.role === null ? [401, 429] : 403;
        assert.ok([expected].flat().includes(statusCode), `${method} ${url} for ${caller.name}: ${statusCode}`);
      }
    }
  });

  test('only health, sign-in and the open addresses of others are public', async (t) => {
    const { app, routes } = await createHttpHub(t, { db: store().db });
    await app.ready();
    const open = routes().filter(({ access, method }) => access === 'public' && method !== 'HEAD');
    assert.deepEqual(open.map(({ method, url }) => `${method} ${url}`).toSorted(), [
      'GET /health',
      'GET /health/live',
      'GET /health/ready',
      'POST /api/v1/sign-in',
    ]);
  });

  test('what manages access or shows secrets is for admins', async (t) => {
    const { app, routes } = await createHttpHub(t, { db: store().db });
    await app.ready();
    const admin = routes().filter(({ access, method }) => access === 'admin' && method !== 'HEAD');
    assert.deepEqual(admin.map(({ method, url }) => `${method} ${url}`).toSorted(), [
      'DELETE /api/v1/agents/:name',
      'DELETE /api/v1/tokens/:id',
      'GET /api/v1/forges/:name/secret',
      'GET /api/v1/tokens',
      'POST /api/v1/hooks/apply',
      'POST /api/v1/hooks/places',
      'POST /api/v1/hooks/remove',
      'POST /api/v1/hooks/rotations/:forge',
      'POST /api/v1/hooks/rotations/:forge/finish',
      'POST /api/v1/sign-in-links',
      'POST /api/v1/tokens',
      'PUT /api/v1/agents/:name',
    ]);
  });

  test('what holds a task is for agents, and what decides about it for operators', async (t) => {
    const verbs = (names: string[]) => names.map((verb) => `POST /api/v1/tasks/:id/${verb}`);
    assert.deepEqual(await listOf(t, store, 'agent'), [
      ...verbs(['ask', 'complete', 'fail', 'heartbeat', 'release']),
      'POST /api/v1/tasks/claim',
    ]);
    const operators = (await listOf(t, store, 'operator')).filter((route) => route.includes('/tasks'));
    assert.deepEqual(operators, [
      'POST /api/v1/tasks',
      ...verbs(['approve', 'cancel', 'quarantine', 'reject', 'requeue', 'waive']),
    ]);
  });

  test('viewers, agents and operators read, and nobody but an admin has what belongs to another of them', () => {
    const table = ROLES.map((role) => [role, ...ROLES.filter((wanted) => includesRole(role, wanted))]);
    assert.deepEqual(table, [
      ['viewer', 'viewer'],
      ['agent', 'viewer', 'agent'],
      ['operator', 'viewer', 'operator'],
      ['admin', 'viewer', 'agent', 'operator', 'admin'],
    ]);
  });
});

async function listOf(t: TestContext, store: () => Store, role: Role): Promise<string[]> {
  const { app, routes } = await createHttpHub(t, { db: store().db });
  await app.ready();
  const declared = routes().filter(({ access, method }) => access === role && method !== 'HEAD');
  return declared.map(({ method, url }) => `${method} ${url}`).toSorted();
}

async function createCallers(db: Kysely<Database>): Promise<Caller[]> {
  const add = async (role: Role, scopes: string[], expiresAt: Date | null) => {
    const text = createTokenText();
    const token = await insertToken(db, {
      id: createId(),
      name: `a ${role}`,
      role,
      scopes: { repos: scopes },
      hash: toSecretHash(text),
      createdAt: new Date(NOW - 10_000),
      createdBy: null,
      expiresAt,
    });
    return { text, token };
  };
  const withRoles = await Promise.all(
    ROLES.map(async (role) => ({ name: role, headers: bearer((await add(role, [], null)).text), role })),
  );
  const scoped = await add('viewer', ['dataforge/*'], new Date(NOW + 3_600_000));
  const revoked = await add('admin', [], null);
  await revokeToken(db, revoked.token.id, new Date(NOW));
  const expired = await add('admin', [], new Date(NOW - 1));
  return [
    ...withRoles,
    { name: 'the admin token', headers: bearer(ADMIN_TOKEN), role: 'admin' },
    { name: 'a scoped viewer', headers: bearer(scoped.text), role: 'viewer' },
    { name: 'nobody', headers: {}, role: null },
    { name: 'a revoked admin', headers: bearer(revoked.text), role: null },
    { name: 'an expired admin', headers: bearer(expired.text), role: null },
    { name: 'an invented token', headers: bearer(createTokenText()), role: null },
    { name: 'a part of the admin token', headers: bearer(ADMIN_TOKEN.slice(0, -1)), role: null },
    { name: 'an invented session', headers: { cookie: 'fettle_session=invented' }, role: null },
    { name: 'basic credentials', headers: { authorization: 'Basic YTpi' }, role: null },
  ];
}
