import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { createCertificate } from '../../../test/certificate.ts';
import { makeEvent, makeRepo } from '../../../test/event-rows.ts';
import {
  readMail,
  startMailServer,
  startScriptedMailServer,
  toRefusal,
  toUsualReply,
} from '../../../test/mail-server.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import type { Config } from '../../config/config.ts';
import type { Event } from '../../core/event.ts';
import { emailSend } from './email-send.ts';

const PASSWORD = 'password-that-nobody-may-see';

const issue: Event = {
  seq: 7,
  ...makeEvent({
    type: 'issue.opened',
    repo: makeRepo('dataforge/app'),
    actor: { login: 'ada', bot: false },
    subject: 'issue',
    number: 12,
    title: 'Über <script>alert(1)</script>\r\nBcc: evil@example.org',
    url: 'https://git.example.org/dataforge/app/issues/12',
  }),
};

describe('email.send', () => {
  it('sends a text and an escaped HTML part, over STARTTLS and signed in', async (t) => {
    const certificate = trusted(t);
    const server = await startMailServer(t, { ...certificate, authOptional: false, onAuth: signIn });
    const smtp = toSmtp(server.port, { security: 'starttls', user: 'fettle', password: PASSWORD });
    const { report } = await send(t, smtp, { to: 'Ada <ada@EXAMPLE.org>' });
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    assert.equal(summaryOf(report), 'Sent to 1 address.');
    const [mail] = server.received;
    assert.ok(mail !== undefined);
    assert.deepEqual(
      [mail.from, mail.to, mail.secure, mail.user],
      ['fettle@example.org', ['ada@example.org'], true, 'fettle'],
    );
    const { headers, parts } = readMail(mail.raw);
    assert.equal(headers['from'], 'Fettle <fettle@example.org>');
    assert.equal(headers['to'], 'Ada <ada@example.org>');
    assert.equal(headers['auto-submitted'], 'auto-generated');
    assert.equal(headers['x-fettle-run'], report.id);
    assert.equal(headers['fettle-hops'], '1');
    assert.equal(headers['message-id'], `<fettle.${report.id}@example.org>`);
    assert.equal(headers['bcc'], undefined);
    assert.match(parts[0] ?? '', /^\[app\] ada .*Über <script>alert\(1\)<\/script> Bcc: evil@example\.org/);
    assert.match(parts[0] ?? '', /\nhttps:\/\/git\.example\.org\/dataforge\/app\/issues\/12\s*$/);
    assert.match(parts[1] ?? '', /Über &lt;script&gt;alert\(1\)&lt;\/script&gt; Bcc/);
    assert.match(parts[1] ?? '', /<a href="https:\/\/git\.example\.org\/dataforge\/app\/issues\/12">/);
  });

  it('sends over TLS from the first byte, and without any where the network is trusted', async (t) => {
    const secure = await startMailServer(t, { ...trusted(t), secure: true });
    assert.equal((await send(t, toSmtp(secure.port, { security: 'tls' }))).report.state, 'succeeded');
    assert.equal(secure.received[0]?.secure, true);
    const plain = await startMailServer(t);
    assert.equal((await send(t, toSmtp(plain.port))).report.state, 'succeeded');
    assert.equal(plain.received[0]?.secure, false);
  });

  it('groups what is about one subject, and nothing else', async (t) => {
    const server = await startMailServer(t);
    const other = { ...issue, number: 13 };
    const comment = { ...issue, type: 'comment.created', body: 'words' } as const;
    const push = { ...issue, type: 'push', number: undefined, title: undefined, ref: 'refs/heads/main' } as const;
    for (const event of [issue, comment, other, push, null]) await send(t, toSmtp(server.port), {}, { event });
    const read = server.received.map(({ raw }) => readMail(raw).headers);
    const threads = read.map((headers) => headers['references']);
    assert.match(threads[0] ?? '', /^<fettle\.thread\.[0-9a-f]{32}@example\.org>$/);
    assert.equal(read[0]?.['in-reply-to'], threads[0]);
    assert.equal(threads[1], threads[0]);
    assert.equal(read[1]?.['subject'], read[0]?.['subject']);
    assert.equal(new Set(threads).size, 4);
    assert.equal(threads[4], undefined);
    assert.equal(new Set(read.map((headers) => headers['message-id'])).size, 5);
  });

  it('keeps the Message-ID over attempts', async (t) => {
    const server = await startMailServer(t);
    const id = '01920000-0000-7000-8000-0000000000aa';
    for (const attempt of [1, 2]) await send(t, toSmtp(server.port), {}, { id, attempt });
    const ids = server.received.map(({ raw }) => readMail(raw).headers['message-id']);
    assert.deepEqual(ids, [`<fettle.${id}@example.org>`, `<fettle.${id}@example.org>`]);
  });

  it('puts a subject on one line and lets nothing of it become a header', async (t) => {
    const server = await startMailServer(t);
    const subject = 'Hi\r\nBcc: evil@example.org\r\n\r\n<script>\u0000';
    await send(t, toSmtp(server.port), { subject, text: 'a\r\n.\r\nQUIT\r\n.' });
    const { headers, parts } = readMail(server.received[0]?.raw ?? '');
    assert.equal(headers['subject'], 'Hi Bcc: evil@example.org <script>');
    assert.equal(headers['bcc'], undefined);
    assert.deepEqual(server.received[0]?.to, ['ada@example.org']);
    assert.equal(parts[0]?.trim(), 'a\r\n.\r\nQUIT\r\n.');
  });

  it('refuses what is not one address, so that a field cannot add a recipient or a command', async (t) => {
    const server = await startMailServer(t);
    const wrong = ['ada', 'a@b@c', 'a@example.org, b@example.org', 'a@example.org\r\nRCPT TO:<b@example.org>'];
    wrong.push('a@example.org\nBcc: b@example.org', '<a@example.org> NOTIFY=NEVER', 'x: a@example.org;', '"a b"@c.org');
    wrong.push('a b@example.org', 'a@exa mple.org', '@example.org', 'a@', `${'a'.repeat(65)}@example.org`, 'a@-b.org');
    wrong.push('A\u2028B <a@example.org>', 'A <b@example.org> <a@example.org>', 'a@[127.0.0.1]', 'a@example.org>');
    for (const to of wrong) {
      const end = await send(t, toSmtp(server.port), { to });
      assert.equal(end.code, 'input_invalid', JSON.stringify(to));
      assert.match(end.error?.message ?? '', /not one e-mail address/);
    }
    assert.equal(server.received.length, 0);
  });

  it('says which setting is missing', async (t) => {
    const cases: [Partial<Config['smtp']>, RegExp][] = [
      [{ host: null }, /smtp\.host/],
      [{ from: null }, /smtp\.from/],
      [{ from: 'a@b.org\r\nBcc: c@d.org' }, /smtp\.from/],
    ];
    for (const [wrong, says] of cases) {
      const end = await send(t, toSmtp(9, wrong));
      assert.equal(end.code, 'config_invalid');
      assert.match(end.error?.message ?? '', says);
    }
  });

  it('sends to the others when some are refused for good', async (t) => {
    const server = await startMailServer(t, refusing({ 'grace@example.org': 550 }));
    const { report } = await send(t, toSmtp(server.port), { to: ['ada@example.org', 'grace@example.org'] });
    assert.equal(report.state, 'succeeded');
    assert.equal(summaryOf(report), 'Sent to 1 address; refused for grace@example.org.');
  });

  it('sends later to those who were put off, and to nobody twice', async (t) => {
    const refusals: Record<string, number> = { 'grace@example.org': 450, 'bob@bücher.example': 451 };
    const server = await startMailServer(t, refusing(refusals));
    const input = { to: ['ada@example.org', 'grace@example.org', 'bob@bücher.example', 'Ada <ADA@example.org>'] };
    const attempts: ActionTrial = { id: '01920000-0000-7000-8000-0000000000bb' };
    const first = await send(t, toSmtp(server.port), input, attempts);
    assert.equal(first.code, 'upstream_busy', first.error?.message);
    assert.match(first.error?.message ?? '', /puts off: grace@example\.org, bob@xn--bcher-kva\.example/);
    const second = await send(t, toSmtp(server.port), input, { ...attempts, steps: first.report.steps });
    assert.equal(second.code, 'upstream_busy');
    delete refusals['grace@example.org'];
    const third = await send(t, toSmtp(server.port), input, { ...attempts, steps: second.report.steps });
    assert.equal(third.code, 'upstream_busy');
    delete refusals['bob@bücher.example'];
    const last = await send(t, toSmtp(server.port), input, { ...attempts, steps: third.report.steps });
    assert.equal(last.report.state, 'succeeded', last.report.reason ?? '');
    assert.deepEqual(
      server.received.map(({ to }) => to),
      [['ADA@example.org'], ['grace@example.org'], ['bob@bücher.example']],
    );
  });

  it('is refused, or put off, when every recipient is', async (t) => {
    for (const [status, code] of [[550, 'upstream_refused'] as const, [450, 'upstream_busy'] as const]) {
      const server = await startMailServer(t, refusing({ 'ada@example.org': status }));
      const end = await send(t, toSmtp(server.port));
      assert.equal(end.code, code);
      assert.match(end.error?.message ?? '', new RegExp(`127\\.0\\.0\\.1:\\d+ .*${status}.*It says: .*no such person`));
    }
  });

  it('waits for other settings when it may not sign in, and repeats no password', async (t) => {
    const server = await startMailServer(t, { ...trusted(t), authOptional: false, onAuth: signIn });
    const smtp = toSmtp(server.port, { security: 'starttls', user: 'fettle', password: `${PASSWORD}!` });
    const end = await send(t, smtp);
    assert.equal(end.code, 'credential_refused', end.error?.message);
    assert.match(end.error?.message ?? '', /`smtp\.password`/);
    assertNoPassword(end);
    const without = await send(t, toSmtp(server.port, { security: 'starttls' }));
    assert.equal(without.code, 'credential_refused', without.error?.message);

    for (const echo of [(line: string) => line, (line: string) => Buffer.from(line.slice(11), 'base64').toString()]) {
      const echoing = await startScriptedMailServer(t, (line) => {
        if (line.startsWith('EHLO')) return '250-mail.test\r\n250 AUTH PLAIN\r\n';
        return line.startsWith('AUTH') ? `535 cannot take ${echo(line)}\r\n` : toUsualReply(line);
      });
      const echoed = await send(t, toSmtp(echoing.port, { user: 'fettle', password: PASSWORD }));
      assert.equal(echoed.code, 'credential_refused');
      assertNoPassword(echoed);
    }
  });

  it('never falls back to a connection that is not encrypted', async (t) => {
    const server = await startScriptedMailServer(t, (line) => {
      if (line.startsWith('EHLO')) return '250-mail.test\r\n250 AUTH PLAIN\r\n';
      return line === 'STARTTLS' ? '502 what?\r\n' : toUsualReply(line);
    });
    const end = await send(t, toSmtp(server.port, { security: 'starttls', user: 'fettle', password: PASSWORD }));
    assert.equal(end.code, 'upstream_failed');
    assert.match(end.error?.message ?? '', /No encrypted connection .*smtp\.security/);
    assert.equal(
      server.lines.some((line) => /^(AUTH|MAIL)/.test(line)),
      false,
    );
  });

  it('refuses a certificate that nobody vouches for, or that is for another name', async (t) => {
    for (const security of ['tls', 'starttls'] as const) {
      const untrusted = await startMailServer(t, { ...createCertificate(), secure: security === 'tls' });
      const end = await send(t, toSmtp(untrusted.port, { security }));
      assert.equal(end.code, 'upstream_failed');
      assert.match(end.error?.message ?? '', /certificate is valid/);
      assert.equal(untrusted.received.length, 0);
      const foreign = await startMailServer(t, {
        ...trusted(t, 'elsewhere.example.org', false),
        secure: security === 'tls',
      });
      assert.equal((await send(t, toSmtp(foreign.port, { security }))).code, 'upstream_failed');
      assert.equal(foreign.received.length, 0);
    }
  });

  it('is tried again when the server cannot be reached, and not when it must not be', async (t) => {
    const { port } = await startMailServer(t);
    const unknown = await send(t, toSmtp(port, { host: 'nowhere.invalid' }));
    assert.equal(unknown.code, 'upstream_failed');
    assert.match(unknown.error?.message ?? '', /nowhere\.invalid:\d+ came about/);
    const forbidden = await send(t, toSmtp(port, { host: '10.255.255.1' }));
    assert.equal(forbidden.code, 'address_forbidden');
  });

  const breaks: [string, string, (line: string) => boolean][] = [
    ['closes instead of greeting', 'upstream_failed', (line) => line === ''],
    ['closes at the first recipient', 'upstream_failed', (line) => line.startsWith('RCPT')],
    ['closes at DATA', 'upstream_failed', (line) => line === 'DATA'],
    ['closes after the message', 'outcome_unknown', (line) => line === '.'],
  ];
  for (const [name, code, isBreak] of breaks) {
    it(`ends in the right state when the server ${name}`, async (t) => {
      const server = await startScriptedMailServer(t, (line, socket) => {
        if (isBreak(line)) socket.destroy();
        return toUsualReply(line);
      });
      const end = await send(t, toSmtp(server.port));
      assert.equal(end.code, code, end.error?.message);
      assert.match(end.error?.message ?? '', /127\.0\.0\.1:\d+/);
    });
  }

  it('does not know the outcome when the reply to the message is cut in two, unless the rule says to send again', async (t) => {
    const server = await startScriptedMailServer(t, (line, socket) => {
      if (line === '.') socket.end('25');
      return line === '.' ? undefined : toUsualReply(line);
    });
    assert.equal((await send(t, toSmtp(server.port))).code, 'outcome_unknown');
    const resending = await send(t, toSmtp(server.port), {}, { onUnknown: 'resend' });
    assert.equal(resending.code, 'upstream_failed');
  });

  const refusals: [string, number, string][] = [
    ['', 421, 'upstream_busy'],
    ['', 554, 'upstream_refused'],
    ['MAIL', 452, 'upstream_busy'],
    ['MAIL', 530, 'credential_refused'],
    ['MAIL', 550, 'upstream_refused'],
    ['DATA', 451, 'upstream_busy'],
    ['DATA', 503, 'upstream_failed'],
    ['.', 451, 'upstream_busy'],
    ['.', 421, 'upstream_busy'],
    ['.', 552, 'upstream_refused'],
  ];
  for (const [at, status, code] of refusals) {
    it(`knows that nothing was sent when the server answers ${status} to ${at || 'the connection'}`, async (t) => {
      const server = await startScriptedMailServer(t, (line) => {
        const isHere = at === '' ? line === '' : line.startsWith(at);
        return isHere ? `${status}-No,\r\n${status} not today\r\n` : toUsualReply(line);
      });
      const end = await send(t, toSmtp(server.port));
      assert.equal(end.code, code, end.error?.message);
      assert.equal(end.error?.outcomeUnknown, false);
      assert.match(end.error?.message ?? '', /It says: No, (?:\d+ )?not today/);
    });
  }

  it('gives up in time when the server falls silent', async (t) => {
    const server = await startScriptedMailServer(t, () => undefined);
    const end = await send(t, toSmtp(server.port), {}, { timeoutMs: 100 });
    assert.ok(end.code === 'run_timeout' || end.code === 'outcome_unknown');
  });

  it('says where it goes: by the mail server, to each address', () => {
    const input = emailSend.input.parse({ to: ['Grace <GRACE@example.org>', 'ada@example.org'] });
    assert.deepEqual(emailSend.target(input, null), {
      destination: 'smtp',
      orderKey: 'email.send:ada@example.org,grace@example.org',
      credential: 'smtp',
      reaches: ['address:grace@example.org', 'address:ada@example.org'],
    });
  });
});

type Smtp = Config['smtp'];

function toSmtp(port: number, changed: Partial<Smtp> = {}): Smtp {
  const from = 'Fettle <fettle@example.org>';
  return { host: '127.0.0.1', port, security: 'none', user: null, password: null, from, ...changed };
}

function send(t: TestContext, smtp: Smtp, input: object = {}, trial: ActionTrial = {}) {
  return runAction(t, emailSend, { to: 'ada@example.org', ...input }, { event: issue, config: { smtp }, ...trial });
}

/** A certificate that this process trusts while the test runs. */
function trusted(t: TestContext, name = 'localhost', hasAddress = true) {
  const certificate = createCertificate(name, hasAddress);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificate.cert]);
  t.after(() => {
    setDefaultCACertificates(before);
  });
  return certificate;
}

type OnAuth = NonNullable<NonNullable<Parameters<typeof startMailServer>[1]>['onAuth']>;

const signIn: OnAuth = ({ username, password }, _session, done) => {
  if (username === 'fettle' && password === PASSWORD) done(null, { user: username });
  else done(toRefusal(535, `no, ${username}, ${password} is wrong`));
};

type OnRcptTo = NonNullable<NonNullable<Parameters<typeof startMailServer>[1]>['onRcptTo']>;

function refusing(codes: Readonly<Record<string, number>>): { onRcptTo: OnRcptTo } {
  return {
    onRcptTo({ address }, _session, done) {
      const code = codes[address];
      if (code === undefined) done(null);
      else done(toRefusal(code, 'no such person'));
    },
  };
}

function summaryOf({ result }: { readonly result: unknown }): unknown {
  return (result as { summary?: unknown } | null)?.summary;
}

function assertNoPassword(end: object): void {
  const told = inspect(end, { depth: 20 });
  assert.doesNotMatch(told, new RegExp(PASSWORD));
  for (const text of [PASSWORD, `\0fettle\0${PASSWORD}`])
    assert.equal(told.includes(Buffer.from(text).toString('base64')), false);
}
