import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toIsoTime } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { closeBreaker, listBreakers } from '../../store/breakers.ts';
import { getPrincipal, requireAllRepositories } from '../access/route-access.ts';
import { QueryText } from './run-query.ts';
import type { RunPorts } from './runs.ts';
import { Time, withProblems } from './shapes.ts';

const BreakerShape = z.object({
  scope: z
    .string()
    .describe('What is left alone: `destination:<name>`, `credential:<name>` or `credential:<name>@<target>`.'),
  kind: z.enum(['destination', 'credential']),
  openedAt: Time,
  until: Time.nullable().describe('When one run may try; null for a credential, which must change.'),
  failures: z.number().int(),
  code: z.string(),
  reason: z.string(),
});

/** Breakers: destinations and credentials that are left alone for a while. */
export function registerBreakerRoutes(instance: FastifyInstance, { getDb, clock, onRunsDue }: RunPorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/breakers',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Destinations and credentials that are left alone, the longest first.',
        tags: ['runs'],
        response: withProblems({ 200: z.object({ breakers: z.array(BreakerShape) }) }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const breakers = await listBreakers(getDb());
      return {
        breakers: breakers.map((breaker) => ({
          ...breaker,
          openedAt: breaker.openedAt.toISOString(),
          until: breaker.until?.toISOString() ?? null,
        })),
      };
    },
  );

  app.post(
    '/api/v1/breakers/close',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Close a breaker: what waited for it goes on.',
        tags: ['runs'],
        body: z.strictObject({ scope: QueryText }),
        response: withProblems({ 200: z.object({ closed: z.string() }) }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const { scope } = request.body;
      if (!(await closeBreaker(getDb(), scope, toIsoTime(clock())))) {
        throw new FettleError(
          'not_found',
          'No breaker of this scope is open. GET /api/v1/breakers lists those that are.',
        );
      }
      request.log.info({ scope, principal: getPrincipal(request).name }, 'breaker.closed_by_hand');
      onRunsDue?.();
      return { closed: scope };
    },
  );
}
