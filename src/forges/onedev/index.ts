import type { ForgeDriver } from '../contract.ts';
import { identifyOnedev } from './identify.ts';
import { normaliseOnedev } from './normalise.ts';
import { presentsOnedevSecret, toOnedevHeaders, verifyOnedev } from './verify.ts';

/** OneDev. README.md tells what to set up and what is missing. */
export const onedev: ForgeDriver = {
  kind: 'onedev',
  title: 'OneDev',
  capabilities: {
    authentication: 'secret',
    namesTheChange: true,
    deliveryIds: false,
    resendKeepsId: false,
    formBodies: false,
    thinPayloads: true,
  },
  capturedHeaders: ['content-type', 'user-agent'],
  readPayload: (request) => request.body,
  verify: verifyOnedev,
  presentsBareSecret: presentsOnedevSecret,
  identify: identifyOnedev,
  normalise: normaliseOnedev,
  toSignedHeaders: toOnedevHeaders,
};
