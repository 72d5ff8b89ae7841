import { useForges } from '../api/queries.ts';
import type { HubEvent } from '../api/shapes.ts';
import { FIELD_TEXTS, FILTER_FIELDS, type Filter, type FilterField, toFilterQuery } from './filter.ts';
import { FilterFields } from './FilterFields.tsx';
import { toSuggestions } from './suggestions.ts';

export interface FilterBarProps {
  readonly filter: Filter;
  readonly events: readonly HubEvent[];
  readonly onChange: (filter: Filter) => void;
}

/** The filter of the feed. */
export function FilterBar({ filter, events, onChange }: FilterBarProps) {
  const forges = useForges();
  const forgeNames = forges.data?.map(({ name }) => name) ?? [];
  const set = (field: FilterField, value: string) => {
    const changed = { ...filter, [field]: value };
    if (toFilterQuery(changed) !== toFilterQuery(filter)) onChange(changed);
  };
  const clear = () =>
    onChange(Object.fromEntries(FILTER_FIELDS.map((field) => [field, ''])) as Record<FilterField, string>);

  return (
    <FilterFields
      label="Filter events"
      fields={FILTER_FIELDS.map((name) => ({
        name,
        ...FIELD_TEXTS[name],
        value: filter[name],
        suggestions: toSuggestions(name, events, forgeNames),
      }))}
      onCommit={set}
      onClear={clear}
    />
  );
}
