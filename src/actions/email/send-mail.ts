import { Transform } from 'node:stream';
import type { RunContext } from '../../jobs/contract.ts';
import type { Mail } from './compose.ts';
import { toSmtpError } from './smtp-error.ts';
import { createMailTransport, type SmtpSettings, toSmtpSecrets } from './transport.ts';

/** What became of each recipient; at least one was accepted. */
export interface MailDelivery {
  readonly accepted: readonly string[];
  /** Refused for now, as grey-listing does. */
  readonly deferred: readonly string[];
  /** Refused for good. */
  readonly refused: readonly string[];
}

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
  smtp: SmtpSettings,
  mail: Mail,
  recipients: readonly string[],
): Promise<MailDelivery> {
  let isHandedOver = false;
  const transport = await createMailTransport(context, smtp);
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
    throw toSmtpError(error, { server: `${smtp.host}:${smtp.port}`, isHandedOver, secrets: toSmtpSecrets(smtp) });
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
