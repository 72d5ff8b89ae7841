/** The parameters that the hub filters by, in the order they are shown. */
export const FILTER_FIELDS = ['type', 'repo', 'actor', 'label', 'trigger', 'action', 'forge'] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** The filter as typed; an empty text asks for nothing. */
export type Filter = Readonly<Record<FilterField, string>>;

/** What each field is called and what may stand in it. */
export const FIELD_TEXTS: Record<FilterField, { readonly label: string; readonly placeholder: string }> = {
  type: { label: 'Type', placeholder: 'pull.*' },
  repo: { label: 'Repository', placeholder: 'owner/*' },
  actor: { label: 'Actor', placeholder: 'login' },
  label: { label: 'Label', placeholder: 'gained or lost' },
  trigger: { label: 'Trigger', placeholder: 'pipeline' },
  action: { label: 'Action', placeholder: 'opened' },
  forge: { label: 'Forge', placeholder: 'name' },
};

/** The filter in an address. A parameter that is repeated means "or", as does a comma. */
export function toFilter(search: string): Filter {
  const parameters = new URLSearchParams(search);
  const read = (field: FilterField) => parameters.getAll(field).join(',');
  return Object.fromEntries(FILTER_FIELDS.map((field) => [field, read(field)])) as Record<FilterField, string>;
}

/** The filter as parameters of an address, without what asks for nothing. */
export function toFilterQuery(filter: Filter): string {
  const used = FILTER_FIELDS.filter((field) => filter[field].trim() !== '');
  return new URLSearchParams(used.map((field) => [field, filter[field].trim()])).toString();
}
