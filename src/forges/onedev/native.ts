import type { Actor, EventDraft, Repository } from '../../core/event.ts';
import { type JsonObject, idAt, listAt, present, textAt, timeAt } from '../read.ts';
import { findEventName } from './identify.ts';

/**
 * Bodies hold ids and nothing that a person would recognise. Where our model wants a name, `#` and the id stand in its place, for
 * projects, accounts, assignees and reviewers alike; a look-up by API replaces them. No real name can begin so: OneDev's names
 * begin with a letter, digit or underscore.
 */
export function toPlaceholder(id: string): string {
  return `#${id}`;
}

/** What every event of a delivery shares. */
export function toBase(payload: JsonObject): Omit<EventDraft, 'type'> {
  return {
    occurredAt: timeAt(payload, 'date'),
    repo: toRepository(payload),
    actor: toActor(payload),
    native: { event: findEventName(payload) },
  };
}

function toRepository(payload: JsonObject): Repository | undefined {
  const id = idAt(payload, 'projectId');
  const fullName = textAt(payload, 'projectPath') ?? (id === undefined ? undefined : toPlaceholder(id));
  if (fullName === undefined) return undefined;
  const slash = fullName.lastIndexOf('/');
  return present({ id, fullName, owner: fullName.slice(0, Math.max(slash, 0)), name: fullName.slice(slash + 1) });
}

function toActor(payload: JsonObject): Actor | undefined {
  const id = idAt(payload, 'userId');
  return id === undefined ? undefined : { id, login: toPlaceholder(id), bot: false };
}

/** The placeholder for the account or project whose id stands at a field. */
export function findPlaceholder(payload: JsonObject, field: string): string | undefined {
  const id = idAt(payload, field);
  return id === undefined ? undefined : toPlaceholder(id);
}

/** The ids of a list. */
export function listIds(payload: JsonObject, field: string): string[] {
  return listAt(payload, field).flatMap((id) => idAt({ id }, 'id') ?? []);
}

/** A draft without its undefined fields. */
export function toDraft(draft: EventDraft): EventDraft {
  return { ...present(draft), type: draft.type };
}

/** A delivery without a type of ours, with the reason. */
export function toUnknownDraft(payload: JsonObject, reason: string): EventDraft {
  return toDraft({ ...toBase(payload), type: 'unknown', reason });
}
