import type { HubEvent } from '../api/shapes.ts';
import { TYPE_SUGGESTIONS } from '../event/event-types.ts';
import type { FilterField } from './filter.ts';

const MAX_SUGGESTIONS = 200;

/** What can be chosen in a field: the known types and forges, else what the events at hand hold. */
export function toSuggestions(
  field: FilterField,
  events: readonly HubEvent[],
  forgeNames: readonly string[],
): readonly string[] {
  switch (field) {
    case 'type':
      return TYPE_SUGGESTIONS;
    case 'forge':
      return forgeNames;
    case 'repo':
      return collect(events, ({ repo }) => [repo?.fullName, repo === undefined ? undefined : `${repo.owner}/*`]);
    case 'actor':
      return collect(events, ({ actor }) => [actor?.login]);
    case 'label':
      return collect(events, ({ label }) => [label]);
    case 'trigger':
      return collect(events, ({ trigger }) => [trigger]);
    case 'action':
      return collect(events, ({ native, type }) => [native?.action?.toLowerCase(), type.split('.')[1]]);
  }
}

function collect(events: readonly HubEvent[], read: (event: HubEvent) => (string | undefined)[]): string[] {
  const values = new Set(events.flatMap(read).filter((value) => value !== undefined));
  return [...values].sort().slice(0, MAX_SUGGESTIONS);
}
