import type { CommandOption } from './command.ts';

/** Options that say which of the stored events a command is about. */

const FILTERS = {
  type: 'only events of this type or glob over types',
  repo: 'only events of these repositories',
  forge: 'only events of this forge',
  action: 'only events with this verb of the type, or action of the forge',
  actor: 'only what this account did',
  label: 'only events that added or removed this label',
  trigger: 'only events that raised this trigger',
} as const;

const FILTER_NAMES = Object.keys(FILTERS) as (keyof typeof FILTERS)[];

export type PastOptions = { readonly [name in keyof typeof FILTERS]?: readonly string[] } & {
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
};

/** The filters and the times; each command adds its own `--limit`. */
export const PAST_OPTIONS: readonly CommandOption[] = [
  { flags: '--since <time>', about: 'only events received since then: 30d for the last 30 days, or an ISO time' },
  { flags: '--until <time>', about: 'only events received until then' },
  ...FILTER_NAMES.map((name) => ({
    flags: `--${name} <${name === 'repo' || name === 'type' ? 'glob' : 'name'}>`,
    about: FILTERS[name],
    repeatable: true as const,
  })),
];

/** What the options ask for, as the API takes it. */
export function toPastQuery(options: PastOptions): Readonly<Record<string, unknown>> {
  const given = FILTER_NAMES.filter((name) => options[name] !== undefined);
  return {
    ...(given.length === 0 ? {} : { filter: Object.fromEntries(given.map((name) => [name, options[name]])) }),
    ...(options.since === undefined ? {} : { since: options.since }),
    ...(options.until === undefined ? {} : { until: options.until }),
  };
}
