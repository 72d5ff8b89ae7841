import type { DeliveryRequest, SampleToSign, Verdict } from '../contract.ts';
import { equalsAnySecret, headerOf } from '../signature.ts';

/**
 * OneDev puts the secret itself into `X-OneDev-Signature`. It proves who sent, not what was sent, and an overheard one can be
 * used again; so it needs HTTPS.
 */
const SIGNATURE_HEADER = 'x-onedev-signature';

/** Checks a request as the contract demands. */
export function verifyOnedev(request: DeliveryRequest, _body: Buffer, secrets: readonly string[]): Verdict {
  const given = headerOf(request.headers, SIGNATURE_HEADER) ?? '';
  if (given === '') return 'signature_missing';
  return equalsAnySecret(given, secrets) ? undefined : 'signature_invalid';
}

/** Whether the request carries the secret. */
export function presentsOnedevSecret(request: DeliveryRequest): boolean {
  return request.headers[SIGNATURE_HEADER] !== undefined;
}

/** Headers of a delivery as OneDev sends it. */
export function toOnedevHeaders({ secret }: SampleToSign): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-charset': 'UTF-8',
    'content-type': 'application/json',
    [SIGNATURE_HEADER]: secret,
  };
}
