import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Principal } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { TASK_STATES, type TaskState } from '../../core/vocabulary.ts';
import { countTasks } from '../../store/task-counts.ts';
import type { GetDatabase } from '../../store/store.ts';
import { toFilter } from '../../stream/filter.ts';
import type { TaskDesk, TaskFilter } from '../../tasks/desk-contract.ts';
import { BundleShape, TaskDetailsShape, TaskSummaryShape } from '../../tasks/shapes.ts';
import { getPrincipal } from '../access/route-access.ts';
import { QueryText } from './run-query.ts';
import { Time, withProblems } from './shapes.ts';
import { toCaller, TaskKey } from './task-caller.ts';

export interface TaskPorts {
  readonly getDb: GetDatabase;
  readonly tasks: TaskDesk;
}

/** A parameter nobody knows is refused: a misspelt filter would otherwise take everything. */
const TaskQuery = z.strictObject({
  state: z
    .union([QueryText, z.array(QueryText).min(1).max(100)])
    .optional()
    .describe('State, or several separated by commas.'),
  forge: QueryText.optional().describe('Name of a forge.'),
  repo: z
    .union([QueryText, z.array(QueryText).min(1).max(100)])
    .optional()
    .describe('Glob over full repository names, such as `dataforge/*`; `!` negates, case is ignored.'),
  agent: QueryText.optional().describe('Name of the agent that holds it.'),
  label: QueryText.optional().describe('A label that it has.'),
  before: z.coerce.number().int().min(0).optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Reading tasks: for viewers, agents and operators alike. */
export function registerTaskRoutes(instance: FastifyInstance, { getDb, tasks }: TaskPorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/tasks',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Tasks, newest first. A page may be short and still not be the last: go on while `next` is set.',
        tags: ['tasks'],
        querystring: TaskQuery,
        response: withProblems({
          200: z.object({
            tasks: z.array(TaskSummaryShape).readonly(),
            next: z.number().int().nullable().describe('`before` of the next page.'),
          }),
        }),
      },
    },
    async (request, reply) => {
      const { before, limit, ...filters } = request.query;
      const caller = toCaller(request, reply);
      return await tasks.list(toTaskFilter(filters, caller.principal), { before, limit }, caller);
    },
  );

  app.get(
    '/api/v1/tasks/counts',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'How many tasks there are by state, and since when the oldest has waited for an agent.',
        tags: ['tasks'],
        response: withProblems({
          200: z.object({
            counts: z
              .array(z.object({ state: z.enum(TASK_STATES), tasks: z.number().int() }))
              .readonly()
              .describe('At most 100,000 of each state are counted; a state without tasks is left out.'),
            oldestQueuedAt: Time.nullable().describe('Null when none waits.'),
          }),
        }),
      },
    },
    async (request) => await countTasks(getDb(), getPrincipal(request).scopes),
  );

  app.get(
    '/api/v1/tasks/:id',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'A task with what was understood, what it waits for, its leases and its journal.',
        tags: ['tasks'],
        params: TaskKey,
        response: withProblems({ 200: TaskDetailsShape }),
      },
    },
    async (request, reply) => await tasks.get(request.params.id, toCaller(request, reply)),
  );

  app.get(
    '/api/v1/tasks/:id/context',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'What an agent is given to work with, as it is now. Texts from the forge are untrusted.',
        tags: ['tasks'],
        params: TaskKey,
        response: withProblems({ 200: BundleShape }),
      },
    },
    async (request, reply) => await tasks.getContext(request.params.id, toCaller(request, reply)),
  );
}

/** @throws FettleError `invalid_request`, naming the parameter. */
function toTaskFilter(query: Omit<z.output<typeof TaskQuery>, 'before' | 'limit'>, principal: Principal): TaskFilter {
  const { repos } = toFilter({ repo: query.repo }, principal);
  if (query.repo !== undefined && repos.length === 0) {
    throw new FettleError(
      'invalid_request',
      'The parameter repo cannot be used: it has no value; leave it out for all.',
    );
  }
  return {
    states: [query.state ?? []]
      .flat()
      .flatMap((text) => text.split(','))
      .map((text) => toState(text.trim())),
    ...(query.forge === undefined ? {} : { forge: query.forge }),
    ...(repos.length === 0 ? {} : { repos }),
    ...(query.agent === undefined ? {} : { agent: query.agent }),
    ...(query.label === undefined ? {} : { label: query.label }),
  };
}

function toState(text: string): TaskState {
  const state = TASK_STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw new FettleError(
    'invalid_request',
    `The parameter state cannot be used: ${JSON.stringify(text)} is none of ${TASK_STATES.join(', ')}.`,
  );
}
