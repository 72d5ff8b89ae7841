import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { RULE_ACTIONS } from '../../actions/registry.ts';
import { FettleError } from '../../core/errors.ts';
import { toDefinition } from '../../actions/definition.ts';
import { withProblems } from './shapes.ts';

const ActionShape = z.object({
  name: z.string(),
  summary: z.string(),
  input: z.record(z.string(), z.unknown()).describe('JSON Schema of what a rule gives it.'),
  examples: z.array(z.object({ title: z.string(), yaml: z.string().describe('The `do` of a rule.') })).readonly(),
  needs: z.array(z.string()).readonly().describe('What the forge of the event must be able to do.'),
  idempotency: z
    .enum(['key', 'marker', 'none'])
    .describe(
      'How a repeated effect is recognised: by a key, by a mark that is read back, or not at all; then a run whose outcome is unknown waits for a person.',
    ),
  timeoutMs: z.number().int().describe('Longest time of one attempt.'),
  concurrency: z.number().int().describe('Most attempts at a time at one destination.'),
  allowedInRepository: z.boolean().describe('Whether a rule of a repository itself may name it, where the hub allows.'),
});

/** The actions that rules can name. Forms and help are made from these definitions. */
export function registerActionRoutes(instance: FastifyInstance): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/actions',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'All actions with what they take.',
        tags: ['rules'],
        response: withProblems({ 200: z.object({ actions: z.array(ActionShape) }) }),
      },
    },
    () => ({ actions: RULE_ACTIONS.map(toDefinition) }),
  );

  app.get(
    '/api/v1/actions/:name',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'One action with what it takes.',
        tags: ['rules'],
        params: z.object({ name: z.string().max(100) }),
        response: withProblems({ 200: ActionShape }),
      },
    },
    (request) => {
      const action = RULE_ACTIONS.find(({ name }) => name === request.params.name);
      if (action !== undefined) return toDefinition(action);
      throw new FettleError(
        'not_found',
        `There is no such action. There are ${RULE_ACTIONS.map(({ name }) => name).join(', ')}.`,
      );
    },
  );
}
