import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Caller } from '../../tasks/desk-contract.ts';
import { getPrincipal } from '../access/route-access.ts';

/** Largest body of a request about tasks: more than any result may have, so that one that is too large is read and refused in words. */
export const TASK_BODY_BYTES = 2 * 2 ** 20;

export const TaskKey = z.object({ id: z.uuid() });

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** The headers of everything that changes a task. */
export const WriteHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(IDEMPOTENCY_KEY, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .describe(
      'Makes the request safe to repeat for a day: the same key and request give the same answer and do nothing again.',
    ),
});

/** Who asks the desk. The signal is aborted when the connection closes, answered or not. */
export function toCaller(request: FastifyRequest, reply: FastifyReply): Caller {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  if (reply.raw.destroyed) gone.abort();
  // Checked by `WriteHeaders` where it means anything.
  const key = request.headers['idempotency-key'];
  return {
    principal: getPrincipal(request),
    signal: gone.signal,
    ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
  };
}
