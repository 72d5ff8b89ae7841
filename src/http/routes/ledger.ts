import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type LedgerRun, listLedgerNodes, listLedgerRuns } from '../../store/ledger.ts';
import { type ChainRun, listChains } from '../../store/run-details.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal } from '../access/route-access.ts';
import { QueryText } from './run-query.ts';
import { ChainRunShape } from './run-shapes.ts';
import { Time, withProblems } from './shapes.ts';

const LedgerRunShape = z.object({
  id: z.uuid().describe('Id of the run that recorded it.'),
  ordinal: z.number().int().describe('Place in the order of recording; the cursor of lists.'),
  node: z.string(),
  trigger: z.string().describe('What set it off.'),
  startedAt: Time,
  finishedAt: Time.nullable().describe('Null while it runs.'),
  status: z.string().describe('success, failure, cancelled, skipped, running, or a word of the rule.'),
  counts: z.record(z.string(), z.number()),
  title: z.string().nullable(),
  url: z.string().nullable(),
  actor: z.string().nullable(),
  forge: z.string().nullable(),
  repo: z.string().nullable(),
  eventId: z.uuid().nullable(),
  chain: z.uuid().nullable(),
});

const LedgerNodeShape = z.object({
  id: z.string(),
  title: z.string(),
  forge: z.string().nullable(),
  repo: z.string().nullable().describe('Null when its runs belong to none or to several.'),
  firstRunAt: Time,
  lastRunAt: Time,
  lastStatus: z.string(),
  lastRun: LedgerRunShape.nullable().describe('The run that started last; null when retention dropped it.'),
  runs: z.number().int(),
  failures: z.number().int(),
});

/** The ledger: what ran, by node. */
export function registerLedgerRoutes(instance: FastifyInstance, getDb: GetDatabase): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/ledger/nodes',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The nodes of the ledger by id, each with its last run. Go on while `next` is set.',
        tags: ['ledger'],
        querystring: z.strictObject({
          after: QueryText.optional().describe('`next` of the page before.'),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: withProblems({
          200: z.object({ nodes: z.array(LedgerNodeShape), next: z.string().nullable() }),
        }),
      },
    },
    async (request) => {
      const { repos: scopes } = getPrincipal(request).scopes;
      const { nodes, next } = await listLedgerNodes(getDb(), { ...request.query, scopes });
      return {
        nodes: nodes.map((node) => ({
          ...node,
          firstRunAt: node.firstRunAt.toISOString(),
          lastRunAt: node.lastRunAt.toISOString(),
          lastRun: node.lastRun === null ? null : toShape(node.lastRun),
        })),
        next,
      };
    },
  );

  app.get(
    '/api/v1/ledger/runs',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Runs of the ledger, the last recorded first, each with the other runs of its chain.',
        description: 'A page may be short and still not be the last: go on while `next` is set.',
        tags: ['ledger'],
        querystring: z.strictObject({
          node: QueryText.optional(),
          status: QueryText.optional(),
          before: z.coerce.number().int().min(0).optional().describe('`next` of the page before.'),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        response: withProblems({
          200: z.object({
            runs: z.array(
              LedgerRunShape.extend({
                chainRuns: z.array(ChainRunShape).readonly().describe('What the same event and rule also set off.'),
              }),
            ),
            next: z.number().int().nullable(),
          }),
        }),
      },
    },
    async (request) => {
      const { repos: scopes } = getPrincipal(request).scopes;
      const { runs, next } = await listLedgerRuns(getDb(), { ...request.query, scopes });
      const chains = await listChains(
        getDb(),
        runs.flatMap(({ id, chain, eventId }) => (chain === null ? [] : [{ id, chain, eventId }])),
      );
      return { runs: runs.map((run) => ({ ...toShape(run), chainRuns: findOthers(run, chains) })), next };
    },
  );
}

function findOthers({ id, chain }: LedgerRun, chains: ReadonlyMap<string, readonly ChainRun[]>): ChainRun[] {
  return (chains.get(chain ?? '') ?? []).filter((run) => run.id !== id);
}

function toShape(run: LedgerRun): z.infer<typeof LedgerRunShape> {
  return {
    ...run,
    counts: { ...run.counts },
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}
