import { domainToASCII } from 'node:url';
import { FettleError } from '../../core/errors.ts';

/** One mailbox. */
export interface Mailbox {
  /** Empty when there is none. */
  readonly name: string;
  /** Its domain in lower case, as Punycode where it is of another script. */
  readonly address: string;
}

/** A name without what has a meaning in a header, and one address; no list, no comment, no group. */
const NAMED = /^"?([^"<>\p{Cc}\p{Zl}\p{Zp}]{0,200}?)"?[ \t]*<([^<>]*)>$/u;
/** A dot-atom before the `@` (RFC 5322 §3.4.1), labels after it; letters of any script in a domain, which is sent as Punycode. */
const ADDRESS =
  /^(?=.{3,254}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)*[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

const MAX_LOCAL_CHARS = 64;

/** Reads `ada@example.org` or `Ada <ada@example.org>`; undefined for anything else, several addresses among it. */
export function findMailbox(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  const [, name = '', inner = trimmed] = NAMED.exec(trimmed) ?? [];
  const [local = '', domain = ''] = ADDRESS.test(inner.trim()) ? inner.trim().split('@') : [];
  const ascii = domainToASCII(domain);
  return ascii === '' || local.length > MAX_LOCAL_CHARS
    ? undefined
    : { name: name.trim(), address: `${local}@${ascii}` };
}

/**
 * Whom a message goes to, each once.
 * @throws FettleError `input_invalid` for a text that is not one address, so that a field of the event cannot add anybody.
 */
export function toRecipients(texts: readonly string[]): Mailbox[] {
  const byAddress = new Map<string, Mailbox>();
  for (const text of texts) {
    const mailbox = findMailbox(text);
    if (mailbox === undefined) {
      throw new FettleError(
        'input_invalid',
        `${JSON.stringify(text.slice(0, 100))} in \`to\` of \`email.send\` is not one e-mail address. Write ada@example.org or Ada <ada@example.org>, and several as a list.`,
      );
    }
    byAddress.set(mailbox.address.toLowerCase(), mailbox);
  }
  return [...byAddress.values()];
}
