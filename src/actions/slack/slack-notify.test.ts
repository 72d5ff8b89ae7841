import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import { startSilentServer, WEB_FAULTS } from '../../../test/web-faults.ts';
import { startWebServer, type WebServer } from '../../../test/web-server.ts';
import type { Event } from '../../core/event.ts';
import { slackNotify } from './slack-notify.ts';

const PATH = '/services/T0AAAAAAA/B0BBBBBBB/cccccccccccccccc';
const URL_REFERENCE = '${env:SLACK_URL}';

const push: Event = {
  seq: 7,
  ...makeEvent({
    repo: { ...makeRepo('dataforge/app'), url: 'https://git.example.org/dataforge/app' },
    actor: { login: 'ada', bot: false },
    branch: 'main',
    ref: 'refs/heads/main',
    commitCount: 3,
    compareUrl: 'https://git.example.org/dataforge/app/compare/a...b?x=1&y=2',
    commits: [
      {
        id: 'a'.repeat(40),
        message: 'Fix <!channel> & <https://evil.example|click> @everyone @here\n\nmore',
        url: 'https://git.example.org/c/a',
        author: { name: '<@U123>' },
      },
    ],
  }),
};

describe('slack.notify', () => {
  it('posts the standard message, which can neither call anybody nor open a link of its own', async (t) => {
    const server = await startSlack(t);
    const { report } = await notify(t, server.url);
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const { text } = payloadOf(server);
    assert.match(text, /^\[app\] ada pushed <https:\/\/git\.example\.org\/[^|>]+\|3 commits> to `main`\n• /);
    assert.match(text, /&lt;!channel&gt; &amp; &lt;https:\/\/evil\.example\|click&gt;/);
    assert.doesNotMatch(text, /<[!@#]|@everyone|@here|<https:\/\/evil/);
  });

  it('posts the text of the rule as plain text, to a channel and under a name', async (t) => {
    const server = await startSlack(t);
    const input = { text: 'Hi <!here>\n@channel & all', channel: '#ops', username: 'Fettle' };
    await notify(t, server.url, input, null);
    const { text, channel, username } = payloadOf(server);
    assert.equal(text, 'Hi &lt;!here&gt;\n@\u200bchannel &amp; all');
    assert.deepEqual([channel, username], ['#ops', 'Fettle']);
  });

  it('says that the rule ran where there is no event', async (t) => {
    const server = await startSlack(t);
    await notify(t, server.url, {}, null);
    assert.equal(payloadOf(server).text, 'The rule “a rule” ran.');
  });

  it('takes Discord’s Slack route, and cuts what Discord would refuse', async (t) => {
    const server = await startWebServer(t, ({ path, body }, response) => {
      const { text } = JSON.parse(body) as { text: string };
      const isFine = path === '/api/webhooks/1/cccccccccccccccc/slack' && text.length <= 2_000;
      response.writeHead(isFine ? 200 : 400).end(isFine ? 'ok' : '{"message":"Cannot send","code":50006}');
    });
    for (const ending of ['', '/', '/slack']) {
      for (const text of ['a &'.repeat(2_000), 'line &\n'.repeat(1_000)]) {
        const url = `${server.url}/api/webhooks/1/cccccccccccccccc${ending}`;
        const { report } = await notify(t, url, { flavour: 'discord', text });
        assert.equal(report.state, 'succeeded', report.reason ?? '');
        const said = payloadOf(server).text;
        assert.match(said, /…$/);
        assert.doesNotMatch(said, /&(?!amp;)/);
      }
    }
  });

  it('tells what the refusals of Slack mean', async (t) => {
    const refusals = [
      [404, 'no_service', 'upstream_refused', /make a new one/],
      [410, 'channel_is_archived', 'upstream_refused', /unarchive/],
      [400, 'invalid_payload', 'upstream_refused', /check `text`/],
      [403, 'invalid_token', 'access_refused', /change the secret/],
      [500, 'rollup_error', 'upstream_failed', /It says: rollup_error$/],
    ] as const;
    for (const [status, words, code, says] of refusals) {
      const server = await startWebServer(t, (_seen, response) => response.writeHead(status).end(words));
      const end = await notify(t, `${server.url}${PATH}`);
      assert.equal(end.code, code, words);
      assert.match(end.error?.message ?? '', says);
    }
  });

  it('does not take a page or a refusal with status 200 for a success', async (t) => {
    for (const body of ['<!doctype html><title>Sign in</title>', '{"ok":false,"error":"invalid_auth"}']) {
      const server = await startWebServer(t, (_seen, response) => response.end(body));
      const end = await notify(t, `${server.url}${PATH}`);
      assert.equal(end.code, 'upstream_refused');
      assert.match(end.error?.message ?? '', /Check that the address/);
    }
  });

  it('does not post again what an earlier attempt posted', async (t) => {
    const server = await startSlack(t);
    const first = await notify(t, server.url);
    const again = await runAction(t, slackNotify, { url: URL_REFERENCE }, trialOf(server.url, first.report.steps));
    assert.equal(again.report.state, 'succeeded');
    assert.equal(server.requests.length, 1);
  });

  it('has its intent on record before it posts', async (t) => {
    const server = await startSlack(t);
    let requestsWhenSaved: number | undefined;
    const { saved } = await runAction(
      t,
      slackNotify,
      { url: URL_REFERENCE },
      {
        ...trialOf(server.url),
        onSave: ({ intent }) => {
          if (intent === 'send') requestsWhenSaved ??= server.requests.length;
        },
      },
    );
    assert.equal(requestsWhenSaved, 0);
    assert.equal(saved[0]?.intent, 'send');
  });

  it('names its other side by the reference, never by the address', () => {
    const target = slackNotify.target(slackNotify.input.parse({ url: `https://h/${URL_REFERENCE}` }), null);
    assert.match(target.destination, /^slack:[0-9a-f]{12}$/);
    assert.match(target.orderKey ?? '', /^slack\.notify:[0-9a-f]{12}$/);
    assert.equal(target.credential, 'secret:${env:SLACK_URL}');
    assert.equal(slackNotify.input.safeParse({ url: 'https://hooks.slack.com/services/x' }).success, false);
  });

  it('says so when the secret is no address', async (t) => {
    for (const wrong of ['cccccccccccccccc', 'ftp://example.org/cccccccccccccccc', '']) {
      const end = await notify(t, wrong);
      assert.equal(end.code, 'secret_unresolved');
      assert.doesNotMatch(end.error?.message ?? '', /cccccc/);
    }
  });

  for (const fault of WEB_FAULTS) {
    it(`ends in the right state, and tells no secret, when the other side ${fault.name}`, async (t) => {
      const base = await fault.start(t);
      const end = await notify(t, `${base}${PATH}`);
      assert.equal(end.code, fault.unknown ? 'outcome_unknown' : fault.code, end.error?.message);
      assert.match(end.error?.message ?? '', fault.says);
      assert.equal(end.error?.retryAfterSeconds, fault.retryAfterSeconds);
      assert.doesNotMatch(inspect([end.error, end.report, end.saved], { depth: 20 }), /cccccc|T0AAAAAAA/);
      if (!fault.unknown) return;
      const resending = await runAction(
        t,
        slackNotify,
        { url: URL_REFERENCE },
        { ...trialOf(`${base}${PATH}`), onUnknown: 'resend' },
      );
      assert.equal(resending.code, fault.code);
    });
  }

  it('leaves its intent on record when no answer comes in time', async (t) => {
    const trial = { ...trialOf(`${await startSilentServer(t)}${PATH}`), timeoutMs: 100 };
    const end = await runAction(t, slackNotify, { url: URL_REFERENCE }, trial);
    assert.equal(end.error?.outcomeUnknown === true || end.code === 'outcome_unknown', true, end.code);
    assert.doesNotMatch(inspect([end.error, end.report], { depth: 20 }), /cccccc/);
  });
});

/** Slack's own answer, for the one address that it knows. */
async function startSlack(t: TestContext): Promise<WebServer> {
  const server = await startWebServer(t, ({ path, headers, body }, response) => {
    const { text } = JSON.parse(body) as { text?: unknown };
    if (path !== PATH) response.writeHead(404).end('no_service');
    else if (typeof text !== 'string' || text === '' || headers['content-type'] !== 'application/json')
      response.writeHead(400).end('invalid_payload');
    else response.writeHead(200, { 'content-type': 'text/html' }).end('ok');
  });
  return { ...server, url: `${server.url}${PATH}` };
}

function trialOf(address: string, steps: ActionTrial['steps'] = []): ActionTrial {
  return { event: push, secrets: { [URL_REFERENCE]: address }, steps };
}

function notify(t: TestContext, address: string, input: object = {}, event: Event | null = push) {
  return runAction(t, slackNotify, { url: URL_REFERENCE, ...input }, { ...trialOf(address), event });
}

function payloadOf(server: WebServer): { text: string; channel?: string; username?: string } {
  return JSON.parse(server.requests.at(-1)?.body ?? '') as { text: string };
}
