import { FettleError } from '../../core/errors.ts';
import { isTlsFailure } from '../../network/failure-codes.ts';
import { toAnswerWords } from '../send-request.ts';

/** What nodemailer tells of a failure. */
interface SmtpFailure {
  readonly code?: string;
  /** Of the socket or of TLS, where nodemailer has put its own into `code`. */
  readonly originalCode?: string;
  /** Of the reply of the server, when there was one. */
  readonly responseCode?: number;
  readonly response?: string;
}

/** What of an attempt decides about a failure. */
export interface SmtpFacts {
  /** `host:port`. */
  readonly server: string;
  /** The whole message was handed over: without a reply the server may have taken it. */
  readonly isHandedOver: boolean;
  /** Password and whatever holds it. */
  readonly secrets: readonly string[];
}

/**
 * What a failure of a mail server means (RFC 5321 §4.2, RFC 4954 §6).
 *
 *   421, 450, 451, 452, 454                `upstream_busy`        tried again; grey-listing answers so
 *   other 4xx, 503                         `upstream_failed`      tried again
 *   530, 534, 535, 538 and other sign-in   `credential_refused`   all mail waits until the settings change
 *   other 5xx                              `upstream_refused`     the same message would be refused again
 *   TLS, connection, no reply              `upstream_failed`      tried again, with the outcome unknown once the message was handed over
 */
export function toSmtpError(error: unknown, facts: SmtpFacts): FettleError {
  if (error instanceof FettleError) return error;
  const { code = 'unknown reason', originalCode = code, responseCode, response = '' } = (error ?? {}) as SmtpFailure;
  const { server, isHandedOver } = facts;
  const options = { outcomeUnknown: isHandedOver && responseCode === undefined };
  const said = toAnswerWords(Buffer.from(response.replace(/^\d{3}[ -]/, '')), facts.secrets);
  const words = said === '' ? '' : ` It says: ${said}`;
  if (code === 'ETLS' || isTlsFailure(originalCode)) {
    const hint = 'Check `smtp.security` and that its certificate is valid for that name.';
    return new FettleError(
      'upstream_failed',
      `No encrypted connection to ${server} came about (${originalCode}). ${hint}${words}`,
      options,
    );
  }
  if (responseCode === undefined) {
    if (code === 'EAUTH') return toSignInError(server, 'for lack of a way to sign in that both know', '');
    const what = isHandedOver ? 'did not say whether it took the message' : 'ended the conversation or fell silent';
    return new FettleError('upstream_failed', `The mail server ${server} ${what} (${originalCode}).`, options);
  }
  if (SIGN_IN.has(responseCode) || (code === 'EAUTH' && responseCode >= 500))
    return toSignInError(server, `with ${responseCode}`, words);
  if (BUSY.has(responseCode))
    return new FettleError(
      'upstream_busy',
      `The mail server ${server} answered ${responseCode}, which may pass.${words}`,
    );
  if (responseCode < 500 || responseCode === 503)
    return new FettleError('upstream_failed', `The mail server ${server} answered ${responseCode}.${words}`);
  const hint = 'Check the addresses in `to` and `smtp.from`, and what the server allows.';
  return new FettleError('upstream_refused', `The mail server ${server} refused with ${responseCode}. ${hint}${words}`);
}

const BUSY = new Set([421, 450, 451, 452, 454]);
const SIGN_IN = new Set([530, 534, 535, 538]);

function toSignInError(server: string, how: string, words: string): FettleError {
  const hint = 'Check `smtp.user` and `smtp.password`.';
  return new FettleError('credential_refused', `The mail server ${server} refused to sign in ${how}. ${hint}${words}`);
}
