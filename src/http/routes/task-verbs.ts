import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { OpenRequest, TaskDetailsShape, VerbRequest, WaiveRequest } from '../../tasks/shapes.ts';
import { withProblems } from './shapes.ts';
import { TASK_BODY_BYTES, TaskKey, toCaller, WriteHeaders } from './task-caller.ts';
import type { TaskPorts } from './tasks.ts';

/** What a person does to one task. */
const VERBS = [
  { verb: 'approve', summary: 'Let a task begin, or let what was submitted count.' },
  {
    verb: 'reject',
    summary: 'Send what was submitted back with a note. Before a task has begun this cancels it.',
  },
  { verb: 'cancel', summary: 'Call a task off. Its holder is told by its next heartbeat and by the event stream.' },
  {
    verb: 'requeue',
    summary: 'Put a task back into the queue with all attempts before it. Ends a lease or a quarantine.',
  },
  {
    verb: 'quarantine',
    summary: 'Take a task out of circulation until it is requeued. Ends its lease.',
  },
] as const;

/** What people do with tasks. Agents may not: who does the work does not approve it. */
export function registerTaskVerbRoutes(instance: FastifyInstance, { tasks }: Pick<TaskPorts, 'tasks'>): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const shared = { bodyLimit: TASK_BODY_BYTES, config: { access: 'operator' } } as const;

  app.post(
    '/api/v1/tasks',
    {
      ...shared,
      schema: {
        summary: 'Open a task by hand. Opening what is open already gives the same task.',
        description:
          'For an issue or pull request name `repo` and `number`; what the forge tells is read there. For other work give a `title`, and a `key` to find it again by.',
        tags: ['tasks'],
        headers: WriteHeaders,
        body: OpenRequest,
        response: withProblems({ 200: TaskDetailsShape }),
      },
    },
    async (request, reply) => {
      const caller = toCaller(request, reply);
      const task = await tasks.open(request.body, caller);
      request.log.info({ task: task.id, principal: caller.principal.name }, 'task.opened');
      return task;
    },
  );

  for (const { verb, summary } of VERBS) {
    app.post(
      `/api/v1/tasks/:id/${verb}`,
      {
        ...shared,
        schema: {
          summary,
          tags: ['tasks'],
          params: TaskKey,
          headers: WriteHeaders,
          body: VerbRequest.nullish(),
          response: withProblems({ 200: TaskDetailsShape }),
        },
      },
      async (request, reply) => {
        const caller = toCaller(request, reply);
        const { id } = request.params;
        const task = await tasks[verb](id, request.body ?? {}, caller);
        request.log.info({ task: id, verb, principal: caller.principal.name }, 'task.moved');
        return task;
      },
    );
  }

  app.post(
    '/api/v1/tasks/:id/waive',
    {
      ...shared,
      schema: {
        summary: 'Let a task begin although what it waits for is not done: one of them, or all.',
        tags: ['tasks'],
        params: TaskKey,
        headers: WriteHeaders,
        body: WaiveRequest.nullish(),
        response: withProblems({ 200: TaskDetailsShape }),
      },
    },
    async (request, reply) => {
      const caller = toCaller(request, reply);
      const { id } = request.params;
      const task = await tasks.waive(id, request.body ?? {}, caller);
      request.log.info({ task: id, verb: 'waive', principal: caller.principal.name }, 'task.moved');
      return task;
    },
  );
}
