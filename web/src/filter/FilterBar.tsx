import { Button } from '@mantine/core';
import { useState } from 'react';
import { useForges } from '../api/queries.ts';
import type { HubEvent } from '../api/shapes.ts';
import { Icon } from '../shared/Icon.tsx';
import { FILTER_FIELDS, type Filter, type FilterField, toFilterQuery } from './filter.ts';
import styles from './FilterBar.module.css';
import { FilterInput } from './FilterInput.tsx';
import { toSuggestions } from './suggestions.ts';

export interface FilterBarProps {
  readonly filter: Filter;
  readonly events: readonly HubEvent[];
  readonly onChange: (filter: Filter) => void;
}

/** The filter box: plain fields, applied on Enter, on leaving a field or on choosing. Folded on small screens. */
export function FilterBar({ filter, events, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  const forges = useForges();
  const forgeNames = forges.data?.map(({ name }) => name) ?? [];
  const active = FILTER_FIELDS.filter((field) => filter[field] !== '');
  const set = (field: FilterField, value: string) => {
    const changed = { ...filter, [field]: value };
    if (toFilterQuery(changed) !== toFilterQuery(filter)) onChange(changed);
  };
  const clear = () =>
    onChange(Object.fromEntries(FILTER_FIELDS.map((field) => [field, ''])) as Record<FilterField, string>);

  return (
    <search className={styles.bar} aria-label="Filter events">
      <div className={styles.fold}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="filter" size={14} />}
          aria-expanded={isOpen}
          aria-controls="filter-fields"
          onClick={() => setOpen(!isOpen)}
        >
          Filter{active.length === 0 ? '' : ` (${active.length})`}
        </Button>
      </div>
      <div id="filter-fields" className={styles.fields} data-open={isOpen}>
        {FILTER_FIELDS.map((field) => (
          <FilterInput
            key={field}
            field={field}
            value={filter[field]}
            suggestions={toSuggestions(field, events, forgeNames)}
            onCommit={(value) => set(field, value)}
          />
        ))}
      </div>
      {active.length > 0 && (
        <Button className={styles.clear ?? ''} size="xs" variant="subtle" onClick={clear}>
          Clear filter
        </Button>
      )}
    </search>
  );
}
