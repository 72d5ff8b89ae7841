import { TASK_STATES, type TaskState } from '../api/task-shapes.ts';

/** The filters that are typed, in the order they are shown. */
export const TASK_FIELDS = ['repo', 'agent', 'label', 'forge'] as const;
export type TaskField = (typeof TASK_FIELDS)[number];

export const TASK_FIELD_TEXTS: Record<TaskField, { readonly label: string; readonly placeholder: string }> = {
  repo: { label: 'Repository', placeholder: 'owner/*' },
  agent: { label: 'Held by', placeholder: 'name of the agent' },
  label: { label: 'Label', placeholder: 'whole name' },
  forge: { label: 'Forge', placeholder: 'name' },
};

/** Which tasks are asked for; an empty text or list asks for nothing. */
export interface TaskFilter extends Readonly<Record<TaskField, string>> {
  readonly states: readonly TaskState[];
}

/** The filter in an address; what is no state is left out. */
export function toTaskFilter(search: string): TaskFilter {
  const parameters = new URLSearchParams(search);
  const names = parameters.getAll('state').flatMap((text) => text.split(','));
  const texts = TASK_FIELDS.map((name) => [name, parameters.get(name)?.trim() ?? '']);
  return {
    ...(Object.fromEntries(texts) as Record<TaskField, string>),
    states: TASK_STATES.filter((state) => names.includes(state)),
  };
}

/** The filter as parameters of an address, without what asks for nothing. */
export function toTaskQuery(filter: TaskFilter): string {
  const state = filter.states.length === 0 ? [] : [['state', filter.states.join(',')]];
  const used = TASK_FIELDS.filter((name) => filter[name].trim() !== '').map((name) => [name, filter[name].trim()]);
  return new URLSearchParams([...state, ...used]).toString();
}

/** Whether more is asked for than states. */
export function isNarrowed(filter: TaskFilter): boolean {
  return TASK_FIELDS.some((name) => filter[name].trim() !== '');
}

/** The filter that asks for nothing. */
export const EVERY_TASK: TaskFilter = toTaskFilter('');
