import { verifyMailServer } from '../../actions/email/verify-mail-server.ts';
import type { Config } from '../../config/config.ts';
import { connectVetted } from '../../network/vetted-socket.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';
import { toRuleNames, type WrittenCall } from './written-calls.ts';

/** The mail server: does it answer, encrypt and let Fettle sign in. Sends no message. */
export async function checkMail(
  { smtp, network }: Pick<Config, 'smtp' | 'network'>,
  calls: readonly WrittenCall[],
): Promise<Finding[]> {
  const sending = calls.filter(({ action }) => action === 'email.send');
  const { host, from, security, user } = smtp;
  if (host === null && sending.length === 0) return [];
  const missing = host === null ? 'smtp.host' : from === null ? 'smtp.from' : undefined;
  const settings =
    missing === undefined || sending.length === 0
      ? []
      : [fail('mail', `${missing} is not set, and ${toRuleNames(sending)} would send mail`, `Set ${missing}.`)];
  if (host === null) return settings;
  try {
    const connect = (name: string, port: number) => connectVetted(name, port, network);
    await verifyMailServer({ connect }, { ...smtp, host });
  } catch (error) {
    const advice =
      'Mail waits and is sent later; correct smtp.host, smtp.port, smtp.security and, to sign in, smtp.user and smtp.password.';
    return [...settings, fail('mail', toReason(error), advice)];
  }
  const way = { tls: 'TLS', starttls: 'STARTTLS', none: 'no encryption' }[security];
  const detail = `${host}:${smtp.port} answers with ${way}${user === null ? ', without signing in' : `, signed in as ${user}`}`;
  const advice = 'Set smtp.security to starttls or tls, unless the server is on this machine.';
  return [...settings, security === 'none' ? warn('mail', detail, advice) : ok('mail', detail)];
}
