import type { EventDraft } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import type { Normalised, ParsedDelivery } from '../contract.ts';
import { type JsonObject, present, textAt } from '../read.ts';
import type { FamilyTraits } from './family.ts';
import { findEventNames } from './identify.ts';
import { actorAt, repositoryAt } from './native.ts';

/** A delivery with what every kind of event needs from it. */
export interface Reading {
  readonly traits: FamilyTraits;
  readonly payload: JsonObject;
  /** The coarse event name: `issues`. */
  readonly event: string;
  /** The fine event name: `issue_label`. */
  readonly type: string;
  readonly action: string | undefined;
  /** Repository, actor and native name, for every draft. */
  readonly common: Omit<EventDraft, 'type'>;
}

/** Reads the parts that all events share. */
export function toReading(traits: FamilyTraits, { headers, payload }: ParsedDelivery): Reading {
  const names = findEventNames(traits, headers) ?? { event: '', type: '' };
  const action = textAt(payload, 'action');
  const common = {
    repo: repositoryAt(payload, 'repository'),
    actor: actorAt(payload, 'sender') ?? actorAt(payload, 'pusher'),
    native: present({ event: names.event, action }),
  };
  return { traits, payload, ...names, action, common: present(common) ?? {} };
}

/** A draft of a type; undefined fields are dropped. */
export function toDraft(reading: Reading, type: EventType, fields: Omit<EventDraft, 'type'> = {}): EventDraft {
  return { type, ...present({ ...reading.common, ...fields }) };
}

/** A delivery that has no type, and why. */
export function toUnknown(reading: Reading, reason: string): Normalised {
  return { drafts: [toDraft(reading, 'unknown', { reason })] };
}

/** A delivery of a known event whose action has no type. */
export function toUnknownAction(reading: Reading): Normalised {
  const { event, action } = reading;
  return toUnknown(
    reading,
    action === undefined ? `“${event}” came without an action.` : `No type for “${action}” of “${event}”.`,
  );
}
