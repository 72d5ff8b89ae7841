import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import type { CommandOption } from './command.ts';

/** A run as the API lists it, as far as commands show it. */
export const RunShape = z.looseObject({
  id: z.string(),
  createdAt: z.string(),
  rule: z.string(),
  action: z.string(),
  destination: z.string(),
  repo: z.string().nullable(),
  state: z.string(),
  reason: z.string().nullable(),
  code: z.string().nullable(),
  nextAt: z.string().nullable(),
  attempt: z.number(),
});

/** A run as the API shows it. */
export const RunDetailsShape = RunShape.extend({
  advice: z.string().nullable(),
  origin: z.string(),
  finishedAt: z.string().nullable(),
  input: z.unknown(),
  calls: z.record(z.string(), z.number()),
  result: z.unknown(),
  steps: z.array(
    z.looseObject({
      name: z.string(),
      attempt: z.number(),
      startedAt: z.string(),
      finishedAt: z.string().nullable(),
      error: z.string().optional(),
      log: z.array(z.string()).optional(),
    }),
  ),
  attempts: z.array(
    z.looseObject({
      number: z.number(),
      startedAt: z.string(),
      finishedAt: z.string(),
      state: z.string(),
      code: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
  event: z.looseObject({ seq: z.number(), type: z.string() }).nullable(),
  delivery: z.looseObject({ forge: z.string(), deliveryId: z.string() }).nullable(),
  chainRuns: z.array(z.looseObject({ id: z.string(), action: z.string(), state: z.string() })),
});
export type RunDetails = z.infer<typeof RunDetailsShape>;

const FILTERS = {
  state: 'only runs in this state: queued, running, waiting, succeeded, unchanged, skipped, failed, dead or cancelled',
  action: 'only runs of this action',
  rule: 'only runs of this rule',
  repo: 'only runs of these repositories',
  forge: 'only runs of this forge',
  destination: 'only runs that go there',
  event: 'only runs of this event',
} as const;

type FilterName = keyof typeof FILTERS;

const FILTER_NAMES = Object.keys(FILTERS) as FilterName[];

/** The options that say which runs are meant. */
export const RUN_FILTER_OPTIONS: readonly CommandOption[] = FILTER_NAMES.map((name) => ({
  flags: `--${name} <${name === 'repo' ? 'glob' : name === 'event' ? 'id' : 'name'}>`,
  about: FILTERS[name],
  repeatable: true,
}));

export type RunFilterOptions = { readonly [name in FilterName]?: readonly string[] };

/** What the options ask for, as the API takes it. */
export function toRunFilters(options: RunFilterOptions): Partial<Record<FilterName, readonly string[]>> {
  return Object.fromEntries(
    FILTER_NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/** Parses a whole number from 1 up. @throws FettleError `invalid_request`. */
export function toLimit(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new FettleError('invalid_request', 'A whole number from 1 to 999999 is wanted.');
}
