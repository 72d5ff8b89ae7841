import type { EventDraft } from '../../core/event.ts';
import type { Identity, ParsedDelivery, SubjectSnapshot } from '../../forges/contract.ts';
import { getDriver } from '../../forges/registry.ts';
import { sha256Hex } from '../../forges/signature.ts';
import { parseDelivery, restoreVerified } from '../../forges/verify.ts';
import type { NumberedEntry } from '../inbox/entry.ts';

/** What an entry of the inbox means, as far as the entry alone tells. */
export interface Understood {
  readonly entry: NumberedEntry;
  readonly identity: Identity;
  readonly drafts: readonly EventDraft[];
  readonly snapshot: SubjectSnapshot | undefined;
  /** SHA-256 of the meaning, in hex; undefined when the delivery is never folded by meaning. */
  readonly meaning: string | undefined;
  /** Why there is no better understanding. */
  readonly error: string | undefined;
}

/**
 * Reads an entry with the driver of its kind. Whatever a driver does, the entry is understood: a failure gives an `unknown`
 * event with the reason, because raw bytes that were answered 200 are never dropped.
 */
export function understand(entry: NumberedEntry): Understood {
  let identity: Identity | undefined;
  try {
    const driver = getDriver(entry.head.kind);
    const delivery = parseDelivery(restoreVerified(driver, { headers: entry.head.headers, body: entry.body }));
    identity = driver.identify(delivery);
    if (identity === undefined) return toUnknown(entry, `This is not a delivery of kind ${entry.head.kind}.`);
    const { drafts, snapshot } = driver.normalise(delivery);
    const meaning = identity.test ? undefined : toMeaning(entry, identity, drafts, snapshot, delivery);
    return { entry, identity, drafts, snapshot, meaning, error: undefined };
  } catch (error) {
    return toUnknown(entry, error instanceof Error ? error.message : String(error), identity);
  }
}

/** The delivery as an `unknown` event with the reason; without an identity it is known by our id alone. */
export function toUnknown(entry: NumberedEntry, error: string, identity?: Identity): Understood {
  return {
    entry,
    identity: identity ?? { event: 'unknown', deliveryKey: `fettle:${entry.head.id}`, test: false },
    drafts: [{ type: 'unknown', reason: error }],
    snapshot: undefined,
    meaning: undefined,
    error,
  };
}

/**
 * The whole normalised event, without delivery ids and arrival times: two deliveries are folded only when nothing that Fettle knows
 * of them differs. An event without a type is known by its bytes alone.
 */
function toMeaning(
  entry: NumberedEntry,
  identity: Identity,
  drafts: readonly EventDraft[],
  snapshot: SubjectSnapshot | undefined,
  delivery: ParsedDelivery,
): string {
  const isOpaque = snapshot === undefined && drafts.every((draft) => draft.type === 'unknown');
  const meaning = JSON.stringify([entry.head.forge, identity.event, identity.action, drafts, snapshot]);
  return isOpaque ? sha256Hex(meaning, delivery.payloadBytes) : sha256Hex(meaning);
}
