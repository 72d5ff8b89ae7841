import type { Health } from '../api/shapes.ts';
import { toCountText } from '../shared/quantity.ts';

/** One thing that can be well or not, in words. */
export interface Condition {
  readonly isFine: boolean;
  readonly text: string;
  readonly details: readonly string[];
}

/** What the health of the hub is made of, with what follows from each thing that is not well. */
export function toConditions({ status, store, inbox, config }: Health): readonly Condition[] {
  const conditions: Condition[] = [];
  const add = (isFine: boolean, text: string, details: readonly string[] = []) =>
    conditions.push({ isFine, text, details });

  if (store !== undefined) {
    const name = store.kind === 'postgres' ? 'PostgreSQL' : 'The embedded database';
    if (store.reachable) add(true, `${name} answers.`);
    else add(false, `${name} is away. Deliveries are still accepted and kept on disk; they appear once it is back.`);
  }
  if (inbox !== undefined) {
    if (!inbox.accepting) add(false, `No delivery can be accepted: ${inbox.reason ?? 'the inbox is full'}.`);
    else if (inbox.entries === 0) add(true, 'No delivery waits in the inbox.');
    else add(true, `${toCountText(inbox.entries, 'delivery', 'deliveries')} in the inbox, being taken in.`);
  }
  if (config?.state === 'ok') add(true, 'The configuration is in force as written.');
  if (config?.state === 'refused')
    add(false, 'A changed configuration was refused; the one before stays in force.', config.problems);
  if (conditions.length === 0 && status === 'degraded')
    add(false, 'The database is away, so the hub cannot see who asks and tells no more. Deliveries are still kept.');
  return conditions;
}
