import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import { deleteRulePauses, listRulePauses } from '../../store/rule-pauses.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal, requireAllRepositories } from '../access/route-access.ts';
import { Time, withProblems } from './shapes.ts';

const PauseShape = z.object({
  rule: z.string(),
  scope: z.string().describe('Forge, repository, and number or branch.'),
  pausedAt: Time,
  reason: z.string(),
});

export interface RulePausePorts {
  readonly getDb: GetDatabase;
  /** Lets the drain of this process know at once; others notice within seconds. */
  readonly onRuleResumed?: (() => Promise<void>) | undefined;
}

/** Rules that were paused for a place because they seemed to run in a loop. */
export function registerRulePauseRoutes(instance: FastifyInstance, { getDb, onRuleResumed }: RulePausePorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/rules/pauses',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Rules that are paused for a place because they matched too often there, the longest first.',
        tags: ['rules'],
        response: withProblems({ 200: z.object({ pauses: z.array(PauseShape) }) }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const pauses = await listRulePauses(getDb());
      return { pauses: pauses.map((pause) => ({ ...pause, pausedAt: pause.pausedAt.toISOString() })) };
    },
  );

  app.post(
    '/api/v1/rules/resume',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Let a paused rule go on, in every place. What it skipped meanwhile can be replayed.',
        tags: ['rules'],
        body: z.strictObject({ rule: z.string().min(1).max(200) }),
        response: withProblems({ 200: z.object({ resumed: z.number().int() }) }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const { rule } = request.body;
      const resumed = await deleteRulePauses(getDb(), rule);
      if (resumed === 0)
        throw new FettleError('not_found', 'This rule is not paused. GET /api/v1/rules/pauses lists those that are.');
      request.log.info({ rule, principal: getPrincipal(request).name }, 'rule.resumed');
      await onRuleResumed?.();
      return { resumed };
    },
  );
}
