import type { IncomingHttpHeaders } from 'node:http';
import type { Identity, ParsedDelivery } from '../contract.ts';
import { textAt, toStorableText } from '../read.ts';
import { headerOf, sha256Hex } from '../signature.ts';
import type { FamilyTraits } from './family.ts';
import { isZeroId } from './native.ts';

/** Names longer than this are no event names or delivery ids. */
const MAX_NAME_LENGTH = 256;

/** What the headers of a delivery call it. */
export interface EventNames {
  /** The coarse name, `issues`; the fine one where a release sends the coarse one empty. */
  readonly event: string;
  /** The fine name, `issue_label`; the coarse one where there is none. */
  readonly type: string;
}

/** The event names of a delivery; undefined when it is not one of this family. */
export function findEventNames(traits: FamilyTraits, headers: IncomingHttpHeaders): EventNames | undefined {
  const coarse = firstHeader(traits, headers, 'event');
  const fine = firstHeader(traits, headers, 'event-type');
  const event = coarse ?? fine;
  if (event === undefined) return undefined;
  return { event, type: fine ?? event };
}

/** What a delivery calls itself. */
export function identify(traits: FamilyTraits, delivery: ParsedDelivery): Identity | undefined {
  const { headers, payload, payloadBytes } = delivery;
  const names = findEventNames(traits, headers);
  if (names === undefined) return undefined;
  const deliveryId = firstHeader(traits, headers, 'delivery');
  return {
    event: names.event,
    action: textAt(payload, 'action'),
    deliveryId,
    deliveryKey: deliveryId ?? `sha256:${sha256Hex(payloadBytes)}`,
    test: names.event === 'push' && isTestPush(payload),
  };
}

/** The test button sends a push that moves nothing: `before` and `after` are the same commit. */
export function isTestPush(payload: unknown): boolean {
  const before = textAt(payload, 'before');
  return before !== undefined && before === textAt(payload, 'after') && !isZeroId(before);
}

function firstHeader(traits: FamilyTraits, headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const family of traits.families) {
    const value = headerOf(headers, `x-${family}-${name}`);
    if (value !== undefined && value !== '') return toStorableText(value, MAX_NAME_LENGTH);
  }
  return undefined;
}
