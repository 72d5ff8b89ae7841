import type { Config } from '../../config/config.ts';
import type { RunContext } from '../../jobs/contract.ts';

/** The settings of a mail server that is known. */
export type SmtpSettings = Config['smtp'] & { readonly host: string };

const CONNECTION_TIMEOUT_MS = 20_000;
const GREETING_TIMEOUT_MS = 15_000;
/** A server may look at a message for minutes before it answers (RFC 5321 §4.5.3.2.6); an attempt has less than that. */
const SILENCE_TIMEOUT_MS = 90_000;

/** What talks to the mail server, by vetted connections. Whoever makes it closes it. */
export async function createMailTransport({ connect }: Pick<RunContext, 'connect'>, smtp: SmtpSettings) {
  const { host, port, security, user, password } = smtp;
  // Loaded with the first message: most hubs never send one.
  const { createTransport } = await import('nodemailer');
  return createTransport({
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
      connect(host, port).then(
        (connection) => {
          callback(null, { connection });
        },
        (error: unknown) => {
          callback(error as Error, false);
        },
      );
    },
  });
}

/** The forms in which the password goes over the line, which a careless server may repeat. */
export function toSmtpSecrets({ user, password }: Pick<SmtpSettings, 'user' | 'password'>): string[] {
  if (password === null) return [];
  return [password, toBase64(password), toBase64(`\0${user ?? ''}\0${password}`)];
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
