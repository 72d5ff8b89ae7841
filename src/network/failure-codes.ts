/** Codes of Node, OpenSSL and undici for requests and connections that failed. */

/** Whether a failure came while looking up, connecting or checking the certificate: nothing was sent yet. */
export function isBeforeSending(code: string): boolean {
  return BEFORE_SENDING.has(code) || code.startsWith('EAI_') || isTlsFailure(code);
}

/** Whether the certificate was not accepted, or the other side speaks no TLS that is. */
export function isTlsFailure(code: string): boolean {
  return /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(code);
}

const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENODATA',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
]);
