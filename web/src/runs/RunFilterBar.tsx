import { useActions } from '../api/run-queries.ts';
import type { RunSummary } from '../api/run-shapes.ts';
import { FilterFields } from '../filter/FilterFields.tsx';
import { EVERY_RUN, LINKED_FIELDS, RUN_FIELD_TEXTS, RUN_FIELDS, type RunField, type RunFilter } from './run-filter.ts';
import styles from './RunFilterBar.module.css';

export interface RunFilterBarProps {
  readonly filter: RunFilter;
  readonly runs: readonly RunSummary[];
  readonly onChange: (filter: RunFilter) => void;
}

/** The filter of runs: what is typed, and what a link asked for. */
export function RunFilterBar({ filter, runs, onChange }: RunFilterBarProps) {
  const actions = useActions();
  const linked = Object.entries(LINKED_FIELDS).filter(([name]) => filter[name as keyof typeof LINKED_FIELDS] !== '');
  const suggest: Record<RunField, () => Iterable<string | null>> = {
    action: () => actions.data?.map(({ name }) => name) ?? [],
    rule: () => runs.map(({ rule }) => rule),
    repo: () => runs.flatMap(({ repo }) => (repo === null ? [] : [repo, `${repo.slice(0, repo.lastIndexOf('/'))}/*`])),
    destination: () => runs.map(({ destination }) => destination),
  };
  return (
    <FilterFields
      label="Filter runs"
      fields={RUN_FIELDS.map((name) => ({
        name,
        ...RUN_FIELD_TEXTS[name],
        value: filter[name],
        suggestions: [...new Set(suggest[name]())].filter((value) => value !== null).toSorted(),
      }))}
      hasMore={linked.length > 0}
      onCommit={(name, value) => {
        if (value.trim() !== filter[name]) onChange({ ...filter, [name]: value.trim() });
      }}
      onClear={() => onChange({ ...EVERY_RUN, states: filter.states })}
    >
      {linked.length > 0 && (
        <p className={styles.linked}>Only the runs of {linked.map(([, what]) => what).join(' and ')}.</p>
      )}
    </FilterFields>
  );
}
