import { useForges } from '../api/queries.ts';
import { useAgents } from '../api/task-queries.ts';
import type { TaskSummary } from '../api/task-shapes.ts';
import { FilterFields } from '../filter/FilterFields.tsx';
import { EVERY_TASK, TASK_FIELD_TEXTS, TASK_FIELDS, type TaskField, type TaskFilter } from './task-filter.ts';

export interface TaskFilterBarProps {
  readonly filter: TaskFilter;
  readonly tasks: readonly TaskSummary[];
  readonly onChange: (filter: TaskFilter) => void;
}

/** The filter of tasks that is typed. */
export function TaskFilterBar({ filter, tasks, onChange }: TaskFilterBarProps) {
  const agents = useAgents();
  const forges = useForges();
  const suggest: Record<TaskField, () => readonly (string | null)[]> = {
    repo: () => tasks.flatMap(({ repo }) => (repo === null ? [] : [repo, `${repo.slice(0, repo.lastIndexOf('/'))}/*`])),
    agent: () => [...(agents.data ?? []).map(({ name }) => name), ...tasks.map(({ agent }) => agent)],
    label: () => tasks.flatMap(({ labels }) => labels),
    forge: () => forges.data?.map(({ name }) => name) ?? [],
  };
  return (
    <FilterFields
      label="Filter tasks"
      fields={TASK_FIELDS.map((name) => ({
        name,
        ...TASK_FIELD_TEXTS[name],
        value: filter[name],
        suggestions: [...new Set(suggest[name]())].filter((value) => value !== null).toSorted(),
      }))}
      onCommit={(name, value) => {
        if (value.trim() !== filter[name]) onChange({ ...filter, [name]: value.trim() });
      }}
      onClear={() => onChange({ ...EVERY_TASK, states: filter.states })}
    />
  );
}
