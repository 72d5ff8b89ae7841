import type { ForgeDriver } from '../contract.ts';
import { identifyGitlab } from './identify.ts';
import { normaliseGitlab } from './normalise.ts';
import { presentsGitlabToken, toGitlabHeaders, verifyGitlab } from './verify.ts';

/** GitLab.com and self-managed GitLab: project, group and system hooks. README.md tells what to set up and what is missing. */
export const gitlab: ForgeDriver = {
  kind: 'gitlab',
  title: 'GitLab',
  capabilities: {
    authentication: 'hmac-or-secret',
    namesTheChange: true,
    deliveryIds: true,
    resendKeepsId: true,
    formBodies: false,
    thinPayloads: false,
  },
  capturedHeaders: [
    'content-type',
    'user-agent',
    'x-gitlab-event',
    'x-gitlab-instance',
    'x-gitlab-webhook-uuid',
    'x-gitlab-event-uuid',
    'idempotency-key',
    'webhook-id',
    'webhook-timestamp',
  ],
  readPayload: (request) => request.body,
  verify: verifyGitlab,
  presentsBareSecret: presentsGitlabToken,
  identify: identifyGitlab,
  normalise: normaliseGitlab,
  toSignedHeaders: toGitlabHeaders,
};
