import type { EventDraft } from '../../core/event.ts';
import { type Source, toBase, toDraft } from './native.ts';

/** A delivery without a type of ours, with the reason. */
export function toUnknownDraft(source: Source, reason: string): EventDraft {
  return toDraft({ ...toBase(source), type: 'unknown', reason });
}
