import { z } from 'zod';
import type { Principal } from '../../core/access.ts';
import { duration } from '../../config/shapes.ts';
import { toIsoTime } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import type { PastRange } from '../../replay/past-events.ts';
import { type FilterQuery, toFilter } from '../../stream/filter.ts';
import { ActivityQuery } from './event-query.ts';
import { EVENT_KEY } from './visible-event.ts';

/** Which of the stored events are meant: what a replay and a trial of rules ask for alike. */

const MOST_EVENTS = 2_000;
const DURATION = duration('1ms', '9999d');

const time = (about: string) =>
  z
    .string()
    .max(40)
    .optional()
    .describe(`${about} An ISO time such as 2026-11-01T00:00:00Z, or a duration such as 30d.`);

export const PAST_QUERY = {
  filter: ActivityQuery.pick({
    forge: true,
    repo: true,
    type: true,
    action: true,
    trigger: true,
    actor: true,
    label: true,
  })
    .optional()
    .describe('As for /activity. With `trigger` the events that raised it.'),
  since: time('Only events received then or later.'),
  until: time('Only events received then or earlier.'),
  after: z.number().int().min(0).default(0).describe('`next` of the answer before.'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(MOST_EVENTS)
    .default(MOST_EVENTS)
    .describe('Most events looked at by this call; it may also end earlier, since it takes ten seconds at most.'),
};

export const NEXT = z
  .number()
  .int()
  .nullable()
  .describe('Where to go on, as `after` of the next call; null when all events were looked at.');

/** What identifies an event in an answer. */
export const EventNameShape = z.object({
  id: z.uuid(),
  seq: z.number().int(),
  type: z.string(),
  forge: z.string(),
  repo: z.string().nullable(),
});

/** An event by its id or `seq`, in a body. */
export const EventKey = z.union([EVENT_KEY, z.number().int().positive().transform(String)]);

interface PastQuery {
  readonly filter?: FilterQuery | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly after: number;
  readonly limit: number;
}

/** @throws FettleError `invalid_request`, naming the parameter. */
export function toPastRange(query: PastQuery, principal: Principal, nowMs: number): PastRange {
  for (const [name, value] of Object.entries(query.filter ?? {})) {
    // A filter that says nothing would take everything.
    if (value !== undefined && [value].flat().every((text: string) => text.replaceAll(',', '').trim() === '')) {
      throw invalid(`filter.${name}`, 'it has no value; leave it out to ask for everything');
    }
  }
  return {
    filter: toFilter(query.filter ?? {}, principal),
    sinceAt: toTime('since', query.since, nowMs),
    untilAt: toTime('until', query.until, nowMs),
    after: query.after,
    limit: query.limit,
  };
}

/** Whether a query narrows the stored events down at all. */
export function hasPastCondition({ filter, since, until }: PastQuery): boolean {
  return since !== undefined || until !== undefined || Object.values(filter ?? {}).some((value) => value !== undefined);
}

function toTime(parameter: string, text: string | undefined, nowMs: number): string | null {
  if (text === undefined) return null;
  const ago = DURATION.safeParse(text);
  if (ago.success) return toIsoTime(nowMs - ago.data);
  const isTime = z.union([z.iso.datetime({ offset: true }), z.iso.date()]).safeParse(text).success;
  if (isTime) return toIsoTime(Date.parse(text));
  throw invalid(parameter, 'it is neither a time such as 2026-11-01T00:00:00Z nor a duration such as 30d');
}

function invalid(parameter: string, why: string): FettleError {
  return new FettleError('invalid_request', `The parameter ${parameter} cannot be used: ${why}.`);
}
