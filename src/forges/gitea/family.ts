import type { ForgeKind } from '../../core/vocabulary.ts';
import type { ForgeDriver, Normalised } from '../contract.ts';
import { identify } from './identify.ts';
import { normalise } from './normalise.ts';
import type { Reading } from './reading.ts';
import { readPayload, toSignedHeaders, verify } from './verify.ts';

/** What tells the members of the family apart. Everything else they share, because they descend from one code base. */
export interface FamilyTraits {
  readonly kind: ForgeKind;
  readonly title: string;
  /** Header families it sends, its own first: `X-Forgejo-Event`, `X-Gitea-Event` … */
  readonly families: readonly ('forgejo' | 'gitea' | 'gogs')[];
  /** Whether it also signs as `X-Hub-Signature-256`. */
  readonly signsForHub: boolean;
  /** Whether a manual re-send keeps the delivery id. */
  readonly resendKeepsId: boolean;
  /** Whether `forkee` is the original repository and `repository` the new fork, the reverse of GitHub. */
  readonly forkeeIsSource: boolean;
  /** Whether `updated_at` of an issue or pull request moves with each change. */
  readonly statesUpdateTime: boolean;
  /** Whether `repository.permissions` of a comment are those of the sender. */
  readonly statesPermission: boolean;
  /** Reads events that only this member has; undefined for those it does not know either. */
  readonly normaliseOwn?: (reading: Reading) => Normalised | undefined;
}

/** The driver of one member of the family. */
export function createGiteaFamilyDriver(traits: FamilyTraits): ForgeDriver {
  const named = ['event', 'event-type', 'delivery', 'hook-installation-target-type'];
  return {
    kind: traits.kind,
    title: traits.title,
    capabilities: {
      authentication: 'hmac',
      namesTheChange: false,
      deliveryIds: true,
      resendKeepsId: traits.resendKeepsId,
      formBodies: true,
      thinPayloads: false,
    },
    capturedHeaders: [
      'content-type',
      'user-agent',
      ...traits.families.flatMap((family) => named.map((name) => `x-${family}-${name}`)),
    ],
    readPayload,
    verify,
    presentsBareSecret: () => false,
    identify: (delivery) => identify(traits, delivery),
    normalise: (delivery) => normalise(traits, delivery),
    toSignedHeaders: (sample) => toSignedHeaders(traits, sample),
  };
}
