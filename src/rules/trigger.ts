import { createId } from '../core/id.ts';
import type { UnsequencedEvent } from './rule-set.ts';

/**
 * The event of a raised trigger. It carries what a consumer needs to act without asking for the cause: where, who, which number,
 * which commit; not the text and not the commits.
 */
export function toTriggerEvent(cause: UnsequencedEvent, rule: string, trigger: string): UnsequencedEvent {
  const {
    body: _body,
    commits: _commits,
    changes: _changes,
    native: _native,
    pages: _pages,
    reason: _reason,
    ...carried
  } = cause;
  return {
    ...carried,
    id: createId(),
    type: 'trigger.raised',
    trigger,
    cause: { id: cause.id, type: cause.type, rule },
  };
}
