import { Transform } from 'node:stream';
import type { Config } from '../../config/config.ts';
import type { RunContext } from '../../jobs/contract.ts';
import type { Mail } from './compose.ts';
import { toSmtpError } from './smtp-error.ts';

/** What became of each recipient; at least one was accepted. */
export interface MailDelivery {
  readonly accepted: readonly string[];
  /** Refused for now, as grey-listing does. */
  readonly deferred: readonly string[];
  /** Refused for good. */
  readonly refused: readonly string[];
}

const CONNECTION_TIMEOUT_MS = 20_000;
const GREETING_TIMEOUT_MS = 15_000;
/** A server may look at a message for minutes before it answers (RFC 5321 §4.5.3.2.6); an attempt has less than that. */
const SILENCE_TIMEOUT_MS = 90_000;

/**
 * Hands a message to the configured mail server for the given recipients, by the vetted connection of the run. One connection per message:
 *
 *   connect ▸ greeting ▸ EHLO ▸ STARTTLS ▸ AUTH ▸ MAIL, RCPT … ▸ DATA ▸ the message and its final dot ▸ reply
 *
 * Up to the final dot a failure means that nothing was sent; after it, without a reply, nobody knows.
 * @throws FettleError as `toSmtpError` says.
 */
export async function sendMail(
  context: Pick<RunContext, 'connect' | 'signal'>,
  smtp: Config['smtp'] & { readonly host: string },
  mail: Mail,
  recipients: readonly string[],
): Promise<MailDelivery> {
  const { host, port, security, user, password } = smtp;
  let isHandedOver = false;
  // Loaded with the first message: most hubs never send one.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2' },
    ...(user === null ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket(_options, callback) {
      context.connect(host, port).then(
        (connection) => {
          callback(null, { connection });
        },
        (error: unknown) => {
          callback(error as Error, false);
        },
      );
    },
  });
  transport.use('stream', (composed, done) => {
    composed.message.transform(
      () =>
        new Transform({
          transform(chunk, _encoding, next) {
            next(null, chunk);
          },
          flush(next) {
            isHandedOver = true;
            next();
          },
        }),
    );
    done();
  });
  const { threadId, ...rest } = mail;
  try {
    const info = await transport.sendMail({
      ...rest,
      to: [...mail.to],
      headers: { ...mail.headers },
      ...(threadId === null ? {} : { inReplyTo: threadId, references: threadId }),
      envelope: { from: mail.from.address, to: [...recipients] },
      signal: context.signal,
    });
    return toDelivery(info.accepted, info.rejectedErrors ?? []);
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    throw toSmtpError(error, { server: `${host}:${port}`, isHandedOver, secrets: toSecrets(user, password) });
  } finally {
    transport.close();
  }
}

function toDelivery(
  accepted: readonly string[],
  rejections: readonly { readonly recipient?: string | undefined; readonly permanent?: boolean | undefined }[],
): MailDelivery {
  const rejected = (isPermanent: boolean) =>
    rejections.flatMap(({ recipient, permanent }) =>
      recipient !== undefined && (permanent === true) === isPermanent ? [recipient] : [],
    );
  return { accepted, deferred: rejected(false), refused: rejected(true) };
}

/** The forms in which the password goes over the line, which a careless server may repeat. */
function toSecrets(user: string | null, password: string | null): string[] {
  if (password === null) return [];
  return [password, toBase64(password), toBase64(`\0${user ?? ''}\0${password}`)];
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
