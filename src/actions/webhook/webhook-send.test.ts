import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { runAction } from '../../../test/run-action.ts';
import { startSilentServer, WEB_FAULTS } from '../../../test/web-faults.ts';
import { startWebServer } from '../../../test/web-server.ts';
import type { Config } from '../../config/config.ts';
import type { Event } from '../../core/event.ts';
import { webhookSend } from './webhook-send.ts';

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const OLD_SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const TOKEN = 'token-that-nobody-may-see';
const secrets = { '${env:SECRET}': SECRET, '${env:OLD}': OLD_SECRET, '${env:TOKEN}': TOKEN };
const config = { publicUrl: 'https://hub.example.org' } satisfies Partial<Config>;

const event: Event = {
  seq: 7,
  ...makeEvent({
    type: 'issue.opened',
    repo: makeRepo('dataforge/app'),
    subject: 'issue',
    number: 12,
    title: 'A title with "quotes",\r\nlines, \u0000 and </script>',
    occurredAt: '2026-11-20T09:59:58.000Z',
  }),
};

describe('webhook.send', () => {
  it('sends the envelope of the stream, which the CloudEvents library reads', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.writeHead(204).end());
    const { report } = await runAction(t, webhookSend, { url: `${server.url}/in?a=b` }, { event, config, hops: 2 });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const [request] = server.requests;
    assert.ok(request !== undefined);
    assert.equal(`${request.method} ${request.path}`, 'POST /in?a=b');
    const read = HTTP.toEvent({ headers: request.headers, body: request.body });
    assert.ok(read instanceof CloudEvent);
    assert.equal(read.validate(), true);
    assert.equal(read.id, event.id);
    assert.equal(read.type, 'dev.fettle.issue.opened');
    assert.equal(read.source, 'https://hub.example.org/forges/home');
    assert.equal(read.subject, 'dataforge/app#12');
    assert.equal(read.time, '2026-11-20T09:59:58.000Z');
    assert.deepEqual(read.data, event);
    assert.equal(request.headers['fettle-hops'], '3');
    assert.match(request.headers['user-agent'] ?? '', /^Fettle\//);
    assert.equal(request.headers['webhook-signature'], undefined);
    assert.equal(request.headers['authorization'], undefined);
  });

  it('signs so that the receiver’s library accepts it, with the same id at every attempt', async (t) => {
    let status = 503;
    const server = await startWebServer(t, (_seen, response) => response.writeHead(status).end());
    const id = '01920000-0000-7000-8000-0000000000aa';
    const input = { url: server.url, secret: ['${env:SECRET}', '${env:OLD}'], token: '${env:TOKEN}' };
    const first = await runAction(t, webhookSend, input, { event, config, secrets, id });
    assert.equal(first.code, 'upstream_failed');
    status = 200;
    const second = await runAction(t, webhookSend, input, { event, config, secrets, id, attempt: 2 });
    assert.equal(second.report.state, 'succeeded');
    assert.equal(server.requests.length, 2);
    for (const { headers, body } of server.requests) {
      for (const secret of [SECRET, OLD_SECRET]) {
        new Webhook(secret).verify(body, headers as Record<string, string>);
      }
      assert.equal(headers['webhook-id'], id);
      assert.equal(headers['authorization'], `Bearer ${TOKEN}`);
    }
    assert.equal(server.requests[0]?.body, server.requests[1]?.body);
  });

  it('sends the event alone, or a text of the rule with its type and headers', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end());
    await runAction(t, webhookSend, { url: server.url, format: 'event' }, { event, config });
    assert.deepEqual(JSON.parse(server.requests[0]?.body ?? ''), event);
    assert.equal(server.requests[0]?.headers['content-type'], 'application/json');
    const input = {
      url: server.url,
      method: 'PUT',
      format: 'custom',
      body: 'ref=main',
      contentType: 'application/x-www-form-urlencoded',
      headers: { 'X-Source': ' fettle ', 'x-umlaut': 'ä' },
    };
    const { report } = await runAction(t, webhookSend, input, { event: null });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const request = server.requests[1];
    assert.equal(`${request?.method} ${request?.body}`, 'PUT ref=main');
    assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(request?.headers['x-source'], 'fettle');
  });

  it('needs a text of its own where there is no event', async (t) => {
    const { code, error } = await runAction(t, webhookSend, { url: 'http://127.0.0.1:9/' }, { event: null });
    assert.equal(code, 'input_invalid');
    assert.match(error?.message ?? '', /format: custom/);
  });

  it('refuses a header value that would start another header', async (t) => {
    const server = await startWebServer(t, (_seen, response) => response.end());
    for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\u0000', 'snow ☃', 'a\u2028b', 'del\u007f']) {
      const { code, error } = await runAction(
        t,
        webhookSend,
        { url: server.url, headers: { 'X-Title': value } },
        { event, config },
      );
      assert.equal(code, 'input_invalid', JSON.stringify(value));
      assert.match(error?.message ?? '', /X-Title/);
      assert.doesNotMatch(error?.message ?? '', /Evil/);
    }
    assert.equal(server.requests.length, 0);
  });

  it('does not let a rule set headers that are Fettle’s or the connection’s, or mix formats', () => {
    const url = 'https://example.org/';
    const names = ['Host', 'content-length', 'Connection', 'Transfer-Encoding', 'TE', 'Upgrade', 'Proxy-Authorization'];
    names.push('Webhook-Signature', 'webhook-id', 'Authorization', 'Content-Type', 'Fettle-Hops', 'a b', 'a:b', '');
    for (const name of names)
      assert.equal(webhookSend.input.safeParse({ url, headers: { [name]: 'x' } }).success, false, name);
    assert.equal(webhookSend.input.safeParse({ url, headers: { 'X-A': 'x' } }).success, true);
    for (const wrong of [
      { format: 'custom' },
      { body: 'x' },
      { contentType: 'text/plain' },
      { secret: 'not a reference' },
      { secret: [] },
      { token: 'plain' },
    ]) {
      assert.equal(webhookSend.input.safeParse({ url, ...wrong }).success, false, JSON.stringify(wrong));
    }
  });

  it('says where it goes: to a host, in order only when asked, with the credential by its references', () => {
    const target = (input: object) => webhookSend.target(webhookSend.input.parse(input), null);
    const url = 'https://example.org:8443/a?b';
    assert.deepEqual(target({ url }), {
      destination: 'example.org:8443',
      orderKey: null,
      credential: null,
      reaches: ['host:example.org:8443'],
    });
    const ordered = [url, url, `${url}c`].map((each) => target({ url: each, ordered: true }).orderKey);
    assert.match(ordered[0] ?? '', /^webhook\.send:example\.org:8443\/[0-9a-f]{12}$/);
    assert.equal(ordered[1], ordered[0]);
    assert.notEqual(ordered[2], ordered[0]);
    assert.equal(
      target({ url, token: 'literal-${file:/run/a@b}', secret: ['${env:A}'] }).credential,
      'secret:${file:/run/a%40b}${env:A}',
    );
    assert.deepEqual(target({ url: 'nonsense' }).reaches, ['host:']);
  });

  for (const fault of WEB_FAULTS) {
    it(`ends in the right state, and tells no secret, when the other side ${fault.name}`, async (t) => {
      const url = `${await fault.start(t)}/hook`;
      const input = { url, secret: '${env:SECRET}', token: '${env:TOKEN}' };
      const end = await runAction(t, webhookSend, input, { event, config, secrets });
      assert.equal(end.code, fault.code, end.error?.message);
      assert.match(end.error?.message ?? '', fault.says);
      assert.equal(end.error?.retryAfterSeconds, fault.retryAfterSeconds);
      const told = inspect([end.error, end.report, end.saved], { depth: 20 });
      assert.doesNotMatch(told, /token-that-nobody/);
      assert.equal(told.includes(SECRET), false);
    });
  }

  it('is tried again when no answer comes in time', async (t) => {
    const end = await runAction(t, webhookSend, { url: await startSilentServer(t) }, { event, config, timeoutMs: 100 });
    assert.equal(end.code, 'run_timeout');
    assert.equal(end.report.state, 'failed');
  });
});
