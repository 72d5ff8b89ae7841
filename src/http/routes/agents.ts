import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AgentProfile } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import type { KnownAgent } from '../../tasks/desk/agents.ts';
import { AgentShape, AgentStandingShape } from '../../tasks/shapes.ts';
import { getPrincipal } from '../access/route-access.ts';
import { withProblems } from './shapes.ts';

/** The agents that may claim tasks. */
export interface AgentTable {
  list(): Promise<readonly KnownAgent[]>;
  /** @throws FettleError `invalid_request` for an agent of the configuration. */
  put(name: string, profile: AgentProfile): Promise<void>;
  /** @throws FettleError `not_found`; `invalid_request` for an agent of the configuration. */
  remove(name: string): Promise<void>;
}

const Name = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine((name) => !name.includes('\0'), 'holds a NUL character'),
});

/** Agents, wherever their profile is from. Those of the configuration are changed there. */
export function registerAgentRoutes(instance: FastifyInstance, { agents }: { readonly agents: AgentTable }): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/agents',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The agents that are known, with what they may take and how much they have to do.',
        description: 'While there are none, any agent may claim any task.',
        tags: ['tasks'],
        response: withProblems({ 200: z.object({ agents: z.array(AgentStandingShape) }) }),
      },
    },
    async () => ({ agents: (await agents.list()).map(toShape) }),
  );

  app.put(
    '/api/v1/agents/:name',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make an agent known, or change what it may take. Tasks that wait are given out anew.',
        tags: ['tasks'],
        params: Name,
        body: AgentShape,
        response: withProblems({ 200: AgentStandingShape }),
      },
    },
    async (request) => {
      const { name } = request.params;
      await agents.put(name, request.body);
      request.log.info({ agent: name, principal: getPrincipal(request).name }, 'agent.changed');
      const agent = (await agents.list()).find((known) => known.name === name);
      if (agent === undefined) throw new FettleError('not_found', `The agent ${name} was taken away meanwhile.`);
      return toShape(agent);
    },
  );

  app.delete(
    '/api/v1/agents/:name',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Take an agent away. What it holds stays with it; it claims nothing more.',
        tags: ['tasks'],
        params: Name,
        response: withProblems({ 204: z.null().describe('It is gone.') }),
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      await agents.remove(name);
      request.log.info({ agent: name, principal: getPrincipal(request).name }, 'agent.removed');
      return reply.code(204).send(null);
    },
  );
}

function toShape({ profile, ...standing }: KnownAgent): z.output<typeof AgentStandingShape> {
  return {
    ...profile,
    ...standing,
    capabilities: [...profile.capabilities],
    labels: [...profile.labels],
    repos: [...profile.repos],
  };
}
