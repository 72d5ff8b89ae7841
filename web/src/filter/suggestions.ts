import type { HubEvent } from '../api/shapes.ts';
import { TYPE_SUGGESTIONS } from '../event/event-types.ts';
import type { FilterField } from './filter.ts';

const MAX_SUGGESTIONS = 200;

type Read = (event: HubEvent) => readonly (string | undefined)[];

/** Where an event holds what could be asked for in a field. */
const READERS: Record<Exclude<FilterField, 'type' | 'forge'>, Read> = {
  repo: ({ repo }) => [repo?.fullName, repo === undefined ? undefined : `${repo.owner}/*`],
  actor: ({ actor }) => [actor?.login],
  label: ({ label }) => [label],
  trigger: ({ trigger }) => [trigger],
  action: ({ native, type }) => [native?.action?.toLowerCase(), type.split('.')[1]],
};

/** What can be chosen in a field: the known types and forges, else what the events at hand hold. */
export function toSuggestions(
  field: FilterField,
  events: readonly HubEvent[],
  forgeNames: readonly string[],
): readonly string[] {
  if (field === 'type') return TYPE_SUGGESTIONS;
  if (field === 'forge') return forgeNames;
  const values = new Set(events.flatMap(READERS[field]).filter((value) => value !== undefined));
  return [...values].toSorted().slice(0, MAX_SUGGESTIONS);
}
