import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ForgeConfig } from '../../config/config.ts';
import { createRepositoryFilter } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { listRepositories } from '../../store/repositories.ts';
import { getPrincipal } from '../access/route-access.ts';
import { toBaseUrl } from '../base-url.ts';
import type { GetDatabase } from '../../store/store.ts';
import { Time, withProblems } from './shapes.ts';

type Forge = Pick<ForgeConfig, 'name' | 'kind' | 'url' | 'secrets' | 'unsigned'>;

const ForgeShape = z.object({
  name: z.string(),
  kind: z.string(),
  url: z.string().nullable().describe('Base URL; null where the kind has a public one.'),
  webhookUrl: z.string().describe('Where the forge should send its webhooks.'),
  unsigned: z.boolean().describe('Its deliveries are accepted without a signature.'),
  lastEventAt: Time.nullable(),
  lastEventType: z.string().nullable(),
});

/** The configured forges, for whoever has to enter a webhook there. */
export function registerForgeRoutes(
  instance: FastifyInstance,
  ports: {
    readonly getDb: GetDatabase;
    /** Live, because the configuration is. */
    readonly forges: () => readonly Forge[];
    readonly publicUrl: () => string | null;
  },
): void {
  const { getDb, forges, publicUrl } = ports;
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/forges',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The configured forges and when each was last heard from.',
        tags: ['forges'],
        response: withProblems({ 200: z.object({ forges: z.array(ForgeShape) }) }),
      },
    },
    async (request) => {
      const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
      const repositories = (await listRepositories(getDb()))
        .filter(({ fullName }) => isVisible(fullName))
        .toSorted((a, b) => b.lastEventAt.getTime() - a.lastEventAt.getTime());
      const baseUrl = toBaseUrl(request, publicUrl());
      return {
        forges: forges().map(({ name, kind, url, unsigned }) => {
          const last = repositories.find(({ forge }) => forge === name);
          return {
            name,
            kind,
            url,
            webhookUrl: `${baseUrl}/webhook/${name}`,
            unsigned,
            lastEventAt: last?.lastEventAt.toISOString() ?? null,
            lastEventType: last?.lastEventType ?? null,
          };
        }),
      };
    },
  );

  app.get(
    '/api/v1/forges/:name/secret',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The webhook secrets of a forge, to be entered there.',
        tags: ['forges'],
        params: z.object({ name: z.string() }),
        response: withProblems({ 200: z.object({ secrets: z.array(z.string()) }) }),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const forge = forges().find((candidate) => candidate.name === name);
      if (forge === undefined) {
        const known = forges().map((candidate) => candidate.name);
        throw new FettleError(
          'unknown_forge',
          `No forge is called ${JSON.stringify(name)}; there are ${known.join(', ')}.`,
        );
      }
      request.log.info({ forge: name, principal: getPrincipal(request).name }, 'Webhook secret shown');
      reply.header('cache-control', 'no-store');
      return { secrets: [...forge.secrets] };
    },
  );
}
