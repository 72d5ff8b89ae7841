import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { runAction } from '../../../test/run-action.ts';
import { startSilentServer, WEB_FAULTS } from '../../../test/web-faults.ts';
import { startWebServer } from '../../../test/web-server.ts';
import type { Event } from '../../core/event.ts';
import { ntfyNotify } from './ntfy-notify.ts';

const TOKEN = 'tk_token-that-nobody-may-see';
const secrets = { '${env:NTFY_TOKEN}': TOKEN };

const event: Event = {
  seq: 7,
  ...makeEvent({
    type: 'issue.opened',
    repo: makeRepo('dataforge/app'),
    actor: { login: 'ada', bot: false },
    subject: 'issue',
    number: 12,
    title: 'A "title"\r\nwith lines',
    url: 'https://git.example.org/dataforge/app/issues/12',
  }),
};

describe('ntfy.notify', () => {
  it('publishes the standard message with a link', async (t) => {
    const server = await startNtfy(t);
    const { report } = await runAction(t, ntfyNotify, { server: server.url, topic: 'open' }, { event });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const [published] = server.published;
    assert.match(published?.message ?? '', /^\[app\] ada .*A "title" with lines/);
    assert.equal(published?.click, 'https://git.example.org/dataforge/app/issues/12');
    assert.equal(published?.title, undefined);
  });

  it('publishes what the rule says, with a token', async (t) => {
    const server = await startNtfy(t);
    const input = {
      server: server.url,
      topic: 'private',
      title: 'Two\nlines',
      text: 'Words\nof mine',
      priority: 5,
      tags: ['rocket', 'a\nb'],
      click: 'javascript:alert(1)',
      token: '${env:NTFY_TOKEN}',
    };
    const { report } = await runAction(t, ntfyNotify, input, { event, secrets });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    assert.deepEqual(server.published, [
      { topic: 'private', message: 'Words\nof mine', title: 'Two lines', priority: 5, tags: ['rocket', 'a b'] },
    ]);
  });

  it('tells what the server says when the topic is closed to it', async (t) => {
    const server = await startNtfy(t);
    const end = await runAction(t, ntfyNotify, { server: server.url, topic: 'private' }, { event });
    assert.equal(end.code, 'access_refused');
    assert.match(end.error?.message ?? '', /It says: forbidden$/);
  });

  it('cuts a message that would become an attachment, between characters', async (t) => {
    const server = await startNtfy(t);
    const text = `a${'€'.repeat(900)}\n`.repeat(3);
    const { report } = await runAction(t, ntfyNotify, { server: server.url, topic: 'open', text }, { event });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const message = server.published[0]?.message ?? '';
    assert.ok(Buffer.byteLength(message) <= 4_096 && Buffer.byteLength(message) > 4_080);
    assert.match(message, /€…$/);
  });

  it('refuses a topic that a field of the event made impossible', async (t) => {
    const server = await startNtfy(t);
    for (const topic of ['a/b', 'a b', 'ä', 'a\n', 'x'.repeat(65), '../v1']) {
      const end = await runAction(t, ntfyNotify, { server: server.url, topic }, { event });
      assert.equal(end.code, 'input_invalid', topic);
      assert.match(end.error?.message ?? '', /slugify/);
    }
    assert.equal(server.published.length, 0);
  });

  it('says where it goes', () => {
    const target = (input: object) => ntfyNotify.target(ntfyNotify.input.parse(input), null);
    assert.deepEqual(target({ topic: 'a' }), {
      destination: 'ntfy.sh',
      orderKey: 'ntfy.notify:ntfy.sh/a',
      credential: null,
      reaches: ['host:ntfy.sh'],
    });
    const own = target({ server: 'https://ntfy.example.org/', topic: 'a', token: '${env:T}' });
    assert.deepEqual([own.destination, own.credential], ['ntfy.example.org', 'secret:${env:T}']);
  });

  for (const fault of WEB_FAULTS) {
    it(`ends in the right state, and tells no secret, when the other side ${fault.name}`, async (t) => {
      const input = { server: await fault.start(t), topic: 'open', token: '${env:NTFY_TOKEN}' };
      const end = await runAction(t, ntfyNotify, input, { event, secrets });
      assert.equal(end.code, fault.unknown ? 'outcome_unknown' : fault.code, end.error?.message);
      assert.match(end.error?.message ?? '', fault.says);
      assert.equal(end.error?.retryAfterSeconds, fault.retryAfterSeconds);
      assert.doesNotMatch(inspect([end.error, end.report, end.saved], { depth: 20 }), /tk_token/);
    });
  }

  it('leaves it open whether it published when no answer comes in time', async (t) => {
    const input = { server: await startSilentServer(t), topic: 'open' };
    const { error } = await runAction(t, ntfyNotify, input, { event, timeoutMs: 100 });
    assert.ok(error?.code === 'outcome_unknown' || error?.outcomeUnknown);
  });
});

interface Published {
  readonly topic?: string;
  readonly message?: string;
  readonly title?: string;
  readonly click?: string;
}

/** Answers as ntfy does: JSON at its root, one topic open to all, one for holders of the token. */
async function startNtfy(t: TestContext) {
  const published: Published[] = [];
  const { url } = await startWebServer(t, ({ method, path, headers, body }, response) => {
    const refuse = (http: number, code: number, error: string) => {
      response.writeHead(http, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ code, http, error, link: 'https://ntfy.sh/docs/publish/' }));
    };
    if (method !== 'POST' || path !== '/') return refuse(404, 40401, 'page not found');
    const message = JSON.parse(body) as Published;
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(message.topic ?? '')) return refuse(400, 40009, 'invalid request: topic invalid');
    if (Buffer.byteLength(message.message ?? '') > 4_096) return refuse(413, 41301, 'attachment too large');
    if (message.topic === 'private' && headers['authorization'] !== `Bearer ${TOKEN}`)
      return refuse(403, 40301, 'forbidden');
    published.push(message);
    response.end(JSON.stringify({ id: 'sPs71M8A2T', event: 'message', ...message }));
  });
  return { url, published };
}
