import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { listRepositories } from '../../store/repositories.ts';
import { getPrincipal } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { Time, withProblems } from './shapes.ts';

const Repositories = z.object({
  repositories: z.array(
    z.object({
      forge: z.string(),
      fullName: z.string(),
      lastEventAt: Time,
      lastEventType: z.string(),
      events: z.number().int().describe('Events ever received.'),
      hook: z.unknown().describe('What is known of the webhook at the forge; null when nobody looked.'),
    }),
  ),
});

/** Which repositories are heard from: a hook that broke shows as a last event that grows old. */
export function registerWebhookHealthRoute(instance: FastifyInstance, getDb: GetDatabase): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    '/webhook/health',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The repositories we hear from, their last event and the state of their hook.',
        tags: ['health'],
        response: withProblems({ 200: Repositories }),
      },
    },
    async (request) => {
      const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
      const repositories = (await listRepositories(getDb())).filter(({ fullName }) => isVisible(fullName));
      return {
        repositories: repositories.map((repository) => ({
          ...repository,
          lastEventAt: repository.lastEventAt.toISOString(),
        })),
      };
    },
  );
}
