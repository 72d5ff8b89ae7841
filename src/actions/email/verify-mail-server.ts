import type { RunContext } from '../../jobs/contract.ts';
import { toSmtpError } from './smtp-error.ts';
import { createMailTransport, type SmtpSettings, toSmtpSecrets } from './transport.ts';

/**
 * Talks to the mail server up to the point where a message would follow, encryption and sign-in as configured; sends none.
 * @throws FettleError as `toSmtpError` says.
 */
export async function verifyMailServer(context: Pick<RunContext, 'connect'>, smtp: SmtpSettings): Promise<void> {
  const transport = await createMailTransport(context, smtp);
  try {
    await transport.verify();
  } catch (error) {
    const server = `${smtp.host}:${smtp.port}`;
    throw toSmtpError(error, { server, isHandedOver: false, secrets: toSmtpSecrets(smtp) });
  } finally {
    transport.close();
  }
}
