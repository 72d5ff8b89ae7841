import { RUN_STATES, type RunState } from '../api/run-shapes.ts';

/** The filters that are typed, in the order they are shown. */
export const RUN_FIELDS = ['action', 'rule', 'repo', 'destination'] as const;
export type RunField = (typeof RUN_FIELDS)[number];

/** The filters that only a link sets, and what they are called. */
export const LINKED_FIELDS = {
  event: 'one event',
  delivery: 'one delivery',
  chain: 'one chain',
  forge: 'one forge',
} as const;
export type LinkedField = keyof typeof LINKED_FIELDS;

export const RUN_FIELD_TEXTS: Record<RunField, { readonly label: string; readonly placeholder: string }> = {
  action: { label: 'Action', placeholder: 'matrix.notify' },
  rule: { label: 'Rule', placeholder: 'whole name' },
  repo: { label: 'Repository', placeholder: 'owner/*' },
  destination: { label: 'Destination', placeholder: 'matrix.example.org' },
};

/** Which runs are asked for; an empty text or list asks for nothing. */
export interface RunFilter extends Readonly<Record<RunField | LinkedField, string>> {
  readonly states: readonly RunState[];
}

const LINKED = Object.keys(LINKED_FIELDS) as LinkedField[];

/** The filter in an address; what is no state is left out. */
export function toRunFilter(search: string): RunFilter {
  const parameters = new URLSearchParams(search);
  const names = parameters.getAll('state').flatMap((text) => text.split(','));
  const texts = [...RUN_FIELDS, ...LINKED].map((name) => [name, parameters.get(name)?.trim() ?? '']);
  return {
    ...(Object.fromEntries(texts) as Record<RunField | LinkedField, string>),
    states: RUN_STATES.filter((state) => names.includes(state)),
  };
}

/** The filter as parameters of an address, without what asks for nothing. */
export function toRunQuery(filter: RunFilter): string {
  const { states } = filter;
  const state = states.length === 0 ? {} : { state: states.join(',') };
  return new URLSearchParams({ ...state, ...toRunSelection(filter) }).toString();
}

/** The filter without its states, as the API takes it in a body. */
export function toRunSelection(filter: RunFilter): Readonly<Record<string, string>> {
  const used = [...RUN_FIELDS, ...LINKED].filter((name) => filter[name].trim() !== '');
  return Object.fromEntries(used.map((name) => [name, filter[name].trim()]));
}

/** The filter that asks for nothing. */
export const EVERY_RUN: RunFilter = toRunFilter('');
