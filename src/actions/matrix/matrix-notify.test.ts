import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Event } from '../../core/event.ts';
import { type MatrixHomeserver, startMatrixHomeserver, toLimited } from '../../../test/matrix-homeserver.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import { matrixNotify } from './matrix-notify.ts';

const ALIAS = '#releases:test.example';

const PUSH: Event = {
  seq: 1,
  id: '00000000-0000-7000-8000-000000000001',
  v: 1,
  type: 'push',
  forge: 'home',
  kind: 'gitea',
  origin: 'webhook',
  receivedAt: '2026-03-01T12:00:00.000Z',
  repo: { fullName: 'dataforge/app', owner: 'dataforge', name: 'app', url: 'https://git.example.org/dataforge/app' },
  actor: { login: 'ada', bot: false },
  branch: 'main',
  ref: 'refs/heads/main',
  commitCount: 7,
  compareUrl: 'https://git.example.org/dataforge/app/compare/aaa...bbb',
  commits: [
    { id: '1'.repeat(40), message: 'Older', author: { name: 'Ada' } },
    {
      id: '2'.repeat(40),
      message: 'Close <b>the</b> door\n\nIt was open.',
      url: 'https://git.example.org/dataforge/app/commit/2',
      author: { name: 'Grace' },
    },
  ],
};

async function start(t: TestContext): Promise<{ readonly server: MatrixHomeserver; readonly roomId: string }> {
  const server = await startMatrixHomeserver();
  t.after(() => server.close());
  return { server, roomId: server.createRoom({ alias: '#releases' }) };
}

function toConfig({ url, token }: MatrixHomeserver): Required<ActionTrial>['config'] {
  return { matrix: { homeserver: url, token } };
}

/** One attempt of the action with its event. */
function notify(t: TestContext, server: MatrixHomeserver, input: object = {}, trial: ActionTrial = {}) {
  return runAction(t, matrixNotify, { room: ALIAS, ...input }, { event: PUSH, config: toConfig(server), ...trial });
}

const sendings = ({ requests }: MatrixHomeserver) => requests.filter(({ method }) => method === 'PUT');

describe('matrix.notify', () => {
  it('joins the room and posts the push with its true count, in plain text and HTML, calling nobody', async (t) => {
    const { server, roomId } = await start(t);
    const { report } = await notify(t, server);
    assert.equal(report.state, 'succeeded');
    const [shown] = server.messages(ALIAS);
    assert.deepEqual(shown?.body.split('\n'), [
      '[app] ada pushed 7 commits to main',
      '- 22222222 Close <b>the</b> door — Grace',
      '- 11111111 Older — Ada',
      '- … and 5 more',
      'https://git.example.org/dataforge/app/compare/aaa...bbb',
    ]);
    assert.equal(
      shown.html,
      '[app] ada pushed <a href="https://git.example.org/dataforge/app/compare/aaa...bbb">7 commits</a> to <code>main</code><ul>' +
        '<li><a href="https://git.example.org/dataforge/app/commit/2">22222222</a> Close &lt;b&gt;the&lt;/b&gt; door — Grace</li>' +
        '<li>11111111 Older — Ada</li><li>… and 5 more</li></ul>',
    );
    assert.equal(shown.msgtype, 'm.notice');
    assert.deepEqual(server.events(roomId)[0]?.content['m.mentions'], {});
    const { url } = report.result as { url: string };
    assert.equal(
      url,
      `https://matrix.to/#/${encodeURIComponent(roomId).replace('!', '%21')}/${encodeURIComponent(shown.eventId)}`,
    );
  });

  it('takes a room id, encoded, and posts as text where asked to', async (t) => {
    const { server, roomId } = await start(t);
    const { report } = await notify(t, server, { room: roomId, type: 'text', text: 'one & two\nthree\u202e' });
    assert.equal(report.state, 'succeeded');
    const [shown] = server.messages(roomId);
    assert.deepEqual(
      [shown?.msgtype, shown?.body, shown?.html],
      ['m.text', 'one & two\nthree', 'one &amp; two<br>three'],
    );
    assert.ok(sendings(server)[0]?.rawUrl.includes('/rooms/%21room'));
  });

  it('says that a rule ran when there is no event', async (t) => {
    const { server } = await start(t);
    await notify(t, server, {}, { event: null });
    assert.match(server.messages(ALIAS)[0]?.body ?? '', /“a rule” ran/);
  });

  it('posts once when the answer was lost, and once when nothing was recorded', async (t) => {
    const { server } = await start(t);
    server.interfere = ({ method }) => (method === 'PUT' ? 'drop-after' : undefined);
    const lost = await notify(t, server, {}, { id: '00000000-0000-8000-8000-0000000000aa' });
    assert.deepEqual([lost.report.state, lost.code], ['failed', 'upstream_failed']);
    server.interfere = undefined;
    const again = { id: '00000000-0000-8000-8000-0000000000aa', attempt: 2 };
    assert.equal((await notify(t, server, {}, again)).report.state, 'succeeded');
    assert.equal((await notify(t, server, {}, again)).report.state, 'succeeded');
    assert.equal(server.messages(ALIAS).length, 1);
    assert.deepEqual(
      sendings(server).map(({ isReplay }) => isReplay),
      [false, true, true],
    );
  });

  it('does not send again what a former attempt is known to have sent', async (t) => {
    const { server } = await start(t);
    const first = await notify(t, server);
    await notify(t, server, {}, { attempt: 2, steps: first.report.steps });
    assert.equal(sendings(server).length, 1);
  });

  it('looks a room up once for many runs', async (t) => {
    const { server } = await start(t);
    for (let count = 0; count < 3; count += 1) await notify(t, server);
    assert.deepEqual(
      server.requests.map(({ method, path }) => `${method} ${path.split('/')[4]}`),
      ['GET directory', 'POST join', 'GET rooms', 'PUT rooms', 'PUT rooms', 'PUT rooms'],
    );
  });

  it('refuses an encrypted room unless told, and says why', async (t) => {
    const { server, roomId } = await start(t);
    server.encrypt(roomId);
    const refused = await notify(t, server);
    assert.deepEqual([refused.report.state, refused.code], ['dead', 'action_forbidden']);
    assert.match(refused.error?.message ?? '', /encrypted.*allowUnencrypted: true/);
    assert.equal(sendings(server).length, 0);
    assert.equal((await notify(t, server, { allowUnencrypted: true })).report.state, 'succeeded');
  });

  it('joins again when it was thrown out and invited back', async (t) => {
    const { server, roomId } = await start(t);
    await notify(t, server);
    server.kick(roomId);
    const { report } = await notify(t, server);
    assert.equal(report.state, 'succeeded');
    assert.equal(server.messages(ALIAS).length, 2);
  });

  it('follows an alias to the room that replaced another', async (t) => {
    const { server, roomId } = await start(t);
    const first = await notify(t, server);
    server.silence(roomId);
    const next = server.createRoom();
    server.pointAlias('#releases', next);
    const rooms = first.report.steps.filter(({ name }) => name === 'room');
    assert.equal((await notify(t, server, {}, { steps: rooms })).report.state, 'succeeded');
    assert.equal(server.messages(next).length, 1);
  });

  it('cuts what would be too large, whatever it consists of', async (t) => {
    const { server } = await start(t);
    for (const text of ['&'.repeat(100_000), '\u{1f600}'.repeat(100_000), 'x\n'.repeat(10_000), '"\\'.repeat(50_000)]) {
      const { report } = await notify(t, server, { text });
      assert.equal(report.state, 'succeeded', report.reason ?? '');
    }
    for (const { body } of server.messages(ALIAS))
      assert.ok(body.isWellFormed() && body.endsWith('…'), body.slice(-20));
  });

  it('is not configured: says what to set', async (t) => {
    const { error } = await runAction(
      t,
      matrixNotify,
      { room: ALIAS },
      { config: { matrix: { homeserver: null, token: null } } },
    );
    assert.equal(error?.code, 'rule_invalid');
    assert.match(error.message, /`matrix.homeserver` and `matrix.token`/);
  });

  it('names credential, order and reach by the room', () => {
    const target = matrixNotify.target(matrixNotify.input.parse({ room: ALIAS }), null);
    assert.deepEqual(target, {
      destination: 'matrix',
      orderKey: `matrix.notify:${ALIAS}`,
      credential: 'matrix',
      reaches: [`room:${ALIAS}`],
    });
  });
});

describe('what goes wrong with matrix.notify', () => {
  const cases: readonly {
    readonly title: string;
    readonly prepare: (server: MatrixHomeserver, roomId: string) => void;
    readonly input?: object;
    readonly state: string;
    readonly code: string;
    readonly says: RegExp;
  }[] = [
    {
      title: 'a token that was revoked',
      prepare: (server) => server.revokeToken(server.token),
      state: 'waiting',
      code: 'credential_refused',
      says: /matrix\.token.*M_UNKNOWN_TOKEN/,
    },
    {
      title: 'an alias that nobody has',
      prepare: () => undefined,
      input: { room: '#other:test.example' },
      state: 'dead',
      code: 'upstream_refused',
      says: /no room of that alias/,
    },
    {
      title: 'a room id that does not exist',
      prepare: () => undefined,
      input: { room: '!nowhere:test.example' },
      state: 'dead',
      code: 'upstream_refused',
      says: /no such room/,
    },
    {
      title: 'something that is no room',
      prepare: () => undefined,
      input: { room: '@ada:test.example' },
      state: 'dead',
      code: 'input_invalid',
      says: /neither an alias/,
    },
    {
      title: 'a private room without invitation',
      prepare: (server) => server.pointAlias('#releases', server.createRoom({ isPublic: false })),
      state: 'waiting',
      code: 'access_refused',
      says: /Invite the account/,
    },
    {
      title: 'a room where the account may not post',
      prepare: (server, roomId) => server.silence(roomId),
      state: 'waiting',
      code: 'access_refused',
      says: /may not post.*power level/,
    },
    {
      title: 'an address that is no homeserver',
      prepare: (server) => (server.interfere = () => ({ status: 404, body: '<html>', headers: {} })),
      state: 'dead',
      code: 'upstream_refused',
      says: /matrix\.homeserver/,
    },
    {
      title: 'a proxy that finds the message too large',
      prepare: (server) =>
        (server.interfere = ({ method }) => (method === 'PUT' ? { status: 413, body: '' } : undefined)),
      state: 'dead',
      code: 'upstream_refused',
      says: /413.*too large/,
    },
    {
      title: 'a homeserver that is broken',
      prepare: (server) => (server.interfere = () => ({ status: 500, body: { errcode: 'M_UNKNOWN', error: 'Oops' } })),
      state: 'failed',
      code: 'upstream_failed',
      says: /500.*M_UNKNOWN: Oops/,
    },
    {
      title: 'a homeserver that is full',
      prepare: (server) =>
        (server.interfere = () => ({ status: 403, body: { errcode: 'M_RESOURCE_LIMIT_EXCEEDED', error: 'Full' } })),
      state: 'failed',
      code: 'upstream_failed',
      says: /limit of its own/,
    },
    {
      title: 'an answer without a word',
      prepare: (server) =>
        (server.interfere = ({ method }) => (method === 'PUT' ? { status: 200, body: '' } : undefined)),
      state: 'failed',
      code: 'upstream_failed',
      says: /without `event_id`/,
    },
    {
      title: 'half an answer',
      prepare: (server) => (server.interfere = ({ method }) => (method === 'PUT' ? 'half' : undefined)),
      state: 'failed',
      code: 'upstream_failed',
      says: /No complete answer/,
    },
    {
      title: 'a rate limit without a time',
      prepare: (server) => (server.interfere = () => toLimited()),
      state: 'failed',
      code: 'upstream_busy',
      says: /429/,
    },
  ];

  for (const { title, prepare, input, state, code, says } of cases) {
    it(`${title}: ${state}, ${code}`, async (t) => {
      const { server, roomId } = await start(t);
      prepare(server, roomId);
      const { report, error } = await notify(t, server, input);
      assert.deepEqual([report.state, error?.code], [state, code]);
      assert.match(error?.message ?? '', says);
      assert.ok(!JSON.stringify(report).includes(server.token));
      assert.equal(server.messages(ALIAS).length, title === 'half an answer' ? 1 : 0);
    });
  }

  it('a rate limit: the header counts, then the body', async (t) => {
    const { server } = await start(t);
    server.interfere = () => toLimited({ seconds: 7, retryAfterMs: 90_000 });
    assert.equal((await notify(t, server)).error?.retryAfterSeconds, 7);
    server.interfere = () => toLimited({ retryAfterMs: 90_001 });
    assert.equal((await notify(t, server)).error?.retryAfterSeconds, 91);
    server.interfere = () => toLimited({ retryAfterMs: -5 });
    assert.equal((await notify(t, server)).error?.retryAfterSeconds, undefined);
  });

  it('an answer that never comes: given up when the time is over', async (t) => {
    const { server } = await start(t);
    server.interfere = ({ method }) => (method === 'PUT' ? 'hang' : undefined);
    const { report, code } = await notify(t, server, {}, { timeoutMs: 300 });
    assert.deepEqual([report.state, code], ['failed', 'run_timeout']);
  });

  it('an error that repeats the token is not told', async (t) => {
    const { server } = await start(t);
    server.interfere = () => ({ status: 400, body: { errcode: 'M_UNKNOWN', error: `bad ${server.token}` } });
    const { report } = await notify(t, server);
    assert.ok(!JSON.stringify(report).includes(server.token));
  });
});
