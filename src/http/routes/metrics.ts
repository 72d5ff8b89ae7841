import type { FastifyInstance } from 'fastify';
import { requireAllRepositories } from '../access/route-access.ts';

/** What can be scraped. */
export interface MetricsText {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Metrics for Prometheus; scrape with a viewer token. */
export function registerMetricsRoute(app: FastifyInstance, metrics: MetricsText): void {
  app.get(
    '/metrics',
    {
      config: { access: 'viewer' },
      schema: { summary: 'Metrics in the format of Prometheus.', tags: ['health'], produces: ['text/plain'] },
    },
    async (request, reply) => {
      requireAllRepositories(request);
      return reply.type(metrics.contentType).send(await metrics.render());
    },
  );
}
