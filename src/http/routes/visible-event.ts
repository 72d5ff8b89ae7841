import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { type EventDetails, findEvent } from '../../store/events.ts';
import type { Database } from '../../store/schema.ts';
import { getPrincipal } from '../access/route-access.ts';

const SEQ = /^\d{1,15}$/;

/** An event by its id or its `seq`, as text. */
export const EVENT_KEY = z.union([z.uuid(), z.string().regex(SEQ, 'expected an event id or a seq')]);

/** The event of a key, if the principal may see it. @throws FettleError `not_found`. */
export async function getVisibleEvent(
  db: Kysely<Database>,
  request: Pick<FastifyRequest, 'principal'>,
  key: string,
): Promise<EventDetails> {
  const event = await findEvent(db, SEQ.test(key) ? Number(key) : key);
  if (event !== undefined && createRepositoryFilter(getPrincipal(request).scopes)(event.repo)) return event;
  throw new FettleError(
    'not_found',
    'No such event is known. It may be older than the retention or outside your scopes.',
  );
}
