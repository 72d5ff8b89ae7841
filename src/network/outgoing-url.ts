import { FettleError } from '../core/errors.ts';

/**
 * An address that may be asked: http or https, without credentials, which would end up in logs.
 * @throws FettleError `address_forbidden`, never with the address in its text.
 */
export function toOutgoingUrl(input: string | URL): URL {
  const url = URL.parse(String(input));
  if (url === null) throw new FettleError('address_forbidden', 'The address of an outgoing request is not a URL.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new FettleError('address_forbidden', `Outgoing requests use http or https, not ${url.protocol.slice(0, 40)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new FettleError(
      'address_forbidden',
      `The address of a request to ${url.host} carries a user name or password. Put credentials into the token of that destination.`,
    );
  }
  return url;
}
