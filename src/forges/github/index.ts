import type { ForgeDriver } from '../contract.ts';
import { identify } from './identify.ts';
import { normalise } from './normalise.ts';
import { readPayload, toSignature, verifySignature } from './verify.ts';

/** GitHub, github.com and GitHub Enterprise Server alike; README.md tells how to set it up and what is odd. */
export const github: ForgeDriver = {
  kind: 'github',
  title: 'GitHub',
  capabilities: {
    authentication: 'hmac',
    namesTheChange: true,
    deliveryIds: true,
    resendKeepsId: true,
    formBodies: true,
    thinPayloads: false,
  },
  capturedHeaders: [
    'x-github-event',
    'x-github-delivery',
    'x-github-hook-id',
    'x-github-hook-installation-target-type',
    'x-github-hook-installation-target-id',
    'x-github-enterprise-version',
    'x-github-enterprise-host',
    'user-agent',
    'content-type',
  ],
  readPayload,
  verify: (request, _payloadBytes, secrets) => verifySignature(request, secrets),
  presentsBareSecret: () => false,
  identify,
  normalise,
  toSignedHeaders: ({ event, body, secret, deliveryId }) => ({
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/5e770a0',
    'X-GitHub-Event': event,
    'X-GitHub-Delivery': deliveryId,
    'X-GitHub-Hook-ID': '4711',
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
    'X-GitHub-Hook-Installation-Target-ID': '9',
    'X-Hub-Signature-256': toSignature(secret, body),
  }),
};
