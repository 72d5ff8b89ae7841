import { Button } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { Icon } from '../shared/Icon.tsx';
import styles from './FilterFields.module.css';
import { FilterInput } from './FilterInput.tsx';

/** One field of a filter and what it holds. */
export interface ShownField<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly suggestions: readonly string[];
}

export interface FilterFieldsProps<Name extends string> {
  /** What the filter is for, as `Filter events`. */
  readonly label: string;
  readonly fields: readonly ShownField<Name>[];
  /** Something is filtered that no field shows. */
  readonly hasMore?: boolean;
  readonly onCommit: (name: Name, value: string) => void;
  readonly onClear: () => void;
  readonly children?: ReactNode;
}

/** A filter box: plain fields, applied on Enter, on leaving a field or on choosing. Folded on small screens. */
export function FilterFields<Name extends string>(props: FilterFieldsProps<Name>) {
  const { label, fields, hasMore = false, onCommit, onClear, children } = props;
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const active = fields.filter(({ value }) => value !== '').length;

  return (
    <search className={styles.bar} aria-label={label}>
      <div className={styles.fold}>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="filter" size={14} />}
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setOpen(!isOpen)}
        >
          Filter{active === 0 ? '' : ` (${active})`}
        </Button>
      </div>
      <div id={id} className={styles.fields} data-open={isOpen}>
        {fields.map(({ name, ...field }) => (
          <FilterInput key={name} {...field} onCommit={(value) => onCommit(name, value)} />
        ))}
      </div>
      {(active > 0 || hasMore) && (
        <Button className={styles.clear ?? ''} size="xs" variant="subtle" onClick={onClear}>
          Clear filter
        </Button>
      )}
      {children}
    </search>
  );
}
