import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A message as a mail server got it. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Who signed in. */
  readonly user: string | undefined;
  readonly raw: string;
}

export interface MailServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
}

/** A mail server that keeps what it gets; `options` are those of `smtp-server`, and may refuse. */
export async function startMailServer(t: TestContext, options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    closeTimeout: 100,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          raw: Buffer.concat(chunks).toString(),
        });
        done(null);
      });
    },
    ...options,
  });
  // A client that breaks off is the business of the test, not an error of the server.
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (listening.address() as AddressInfo).port, received };
}

/** An error with a reply code, as `smtp-server` takes it. */
export function toRefusal(responseCode: number, words: string): Error {
  return Object.assign(new Error(words), { responseCode });
}

/**
 * A mail server that follows a script, for what a sound one does not do: for each line that it reads, `reply` says what to write or acts on
 * the socket itself. The first call, with an empty line, is for the greeting; the message is one line of its own, its final dot.
 */
export async function startScriptedMailServer(
  t: TestContext,
  reply: (line: string, socket: Socket) => string | undefined,
): Promise<{ readonly port: number; readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const server = createServer((socket) => {
    let rest = '';
    let isMessage = false;
    const answer = (line: string) => {
      const text = reply(line, socket);
      if (text !== undefined && !socket.destroyed) socket.write(text);
      if (line === 'DATA' && text?.startsWith('354')) isMessage = true;
    };
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      const parts = (rest + chunk.toString()).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        if (isMessage && line !== '.') continue;
        isMessage = false;
        lines.push(line);
        answer(line);
      }
    });
    t.after(() => socket.destroy());
    answer('');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, lines };
}

/** The usual replies of a mail server that speaks the least: for `startScriptedMailServer` to change one of. */
export function toUsualReply(line: string): string {
  if (line === '') return '220 mail.test ready\r\n';
  if (line === 'DATA') return '354 go on\r\n';
  return '250 fine\r\n';
}

/** Header fields by name in lower case, unfolded, and the parts of a `multipart/alternative` body, decoded. */
export function readMail(raw: string): {
  readonly headers: Readonly<Record<string, string>>;
  readonly parts: string[];
} {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers['content-type'] ?? '')?.[1] ?? '';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const inner = split(part.trimStart());
      return decode(inner.body, inner.headers['content-transfer-encoding'] ?? '7bit');
    });
  return { headers, parts };
}

function split(text: string): { headers: Record<string, string>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  const lines = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { headers, body: text.slice(end + 4) };
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_all, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  return Buffer.from(bytes, 'latin1').toString();
}
