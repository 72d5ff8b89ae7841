import type { ForgeDriver, Normalised, ParsedDelivery, SampleToSign } from '../contract.ts';
import { type JsonObject, present } from '../read.ts';
import { normaliseCloud } from './cloud/normalise.ts';
import { normaliseDataCenter } from './data-center/normalise.ts';
import { toDialect } from './dialect.ts';
import { findEventKey, identify, isConnectionTest } from './identify.ts';
import { toSignatureHeader, verify } from './verify.ts';

/** Bitbucket Cloud and Bitbucket Data Center: one kind, one signature, two vocabularies; see README.md. */
export const bitbucket: ForgeDriver = {
  kind: 'bitbucket',
  title: 'Bitbucket',
  capabilities: {
    authentication: 'hmac',
    namesTheChange: true,
    deliveryIds: true,
    resendKeepsId: false,
    formBodies: false,
    thinPayloads: false,
  },
  capturedHeaders: [
    'content-type',
    'user-agent',
    'x-attempt-number',
    'x-event-key',
    'x-hook-uuid',
    'x-request-id',
    'x-request-uuid',
  ],
  readPayload: (request) => request.body,
  verify,
  presentsBareSecret: () => false,
  identify,
  normalise,
  isConnectionTest,
  toSignedHeaders,
};

function normalise({ headers, payload }: ParsedDelivery): Normalised {
  const event = findEventKey(headers, payload) ?? 'unknown';
  const read = toDialect(event, headers, payload) === 'cloud' ? normaliseCloud : normaliseDataCenter;
  return { drafts: read(event, payload).map((draft) => present(draft) ?? draft) };
}

function toSignedHeaders({ event, body, secret, deliveryId }: SampleToSign): Record<string, string> {
  const signature = toSignatureHeader(body, secret);
  if (toDialect(event, {}, JSON.parse(body.toString('utf8')) as JsonObject) === 'data-center') {
    return {
      'Content-Type': 'application/json; charset=utf-8',
      'X-Event-Key': event,
      'X-Request-Id': deliveryId,
      ...signature,
    };
  }
  return {
    'Content-Type': 'application/json',
    'User-Agent': 'Bitbucket-Webhooks/2.0',
    'X-Event-Key': event,
    'X-Hook-UUID': 'c2f1a3de-6f0c-4a55-9d3b-7a1e5b0c9f42',
    'X-Request-UUID': deliveryId,
    'X-Attempt-Number': '1',
    ...signature,
  };
}
