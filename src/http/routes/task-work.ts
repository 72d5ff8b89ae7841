import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import type { Caller, TaskDesk } from '../../tasks/desk-contract.ts';
import {
  AskRequest,
  ClaimedShape,
  ClaimRequest,
  CompleteRequest,
  FailRequest,
  HeartbeatRequest,
  HeartbeatShape,
  MAX_RESULT_BYTES,
  MovedShape,
  ReleaseRequest,
} from '../../tasks/shapes.ts';
import { withProblems } from './shapes.ts';
import { TASK_BODY_BYTES, TaskKey, toCaller, WriteHeaders } from './task-caller.ts';
import type { TaskPorts } from './tasks.ts';

/** What an agent says about a task that it holds. */
interface AgentVerb<Body extends z.ZodType, Answer extends z.ZodType> {
  readonly verb: string;
  readonly summary: string;
  readonly body: Body;
  readonly answer: Answer;
  readonly check?: (request: FastifyRequest) => Promise<void>;
  readonly run: (desk: TaskDesk, id: string, body: z.output<Body>, caller: Caller) => Promise<z.output<Answer>>;
}

/** The routes that agents work by: claim, and everything a holder does with its lease. */
export function registerTaskWorkRoutes(instance: FastifyInstance, { tasks }: Pick<TaskPorts, 'tasks'>): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const stopping = new AbortController();
  // Closing the server waits for what is open, and a claim may wait for long.
  instance.addHook('preClose', async () => stopping.abort());

  app.post(
    '/api/v1/tasks/claim',
    {
      bodyLimit: TASK_BODY_BYTES,
      config: { access: 'agent' },
      schema: {
        summary: 'Claim the next task for an agent, or wait for one.',
        description:
          'The task is given to this caller alone, until the lease ends. 204 when there is no work, or none came while it waited. If the answer gets lost, the same request with the same Idempotency-Key gives the same lease; without a key the lease ends by itself.',
        tags: ['tasks'],
        headers: WriteHeaders,
        body: ClaimRequest,
        response: withProblems({ 200: ClaimedShape, 204: z.null().describe('There is no work.') }),
      },
    },
    async (request, reply) => {
      const caller = toCaller(request, reply);
      const signal = AbortSignal.any([caller.signal, stopping.signal]);
      const claimed = await tasks.claim(request.body, { ...caller, signal });
      // It holds a token.
      reply.header('cache-control', 'no-store');
      if (stopping.signal.aborted) reply.header('connection', 'close');
      return claimed === undefined ? reply.code(204).send(null) : claimed;
    },
  );

  const add = <Body extends z.ZodType, Answer extends z.ZodType>(verb: AgentVerb<Body, Answer>) =>
    addAgentVerb(instance, tasks, verb);

  add({
    verb: 'heartbeat',
    summary: 'Keep a task, say how far it is, and hear what happened to it.',
    body: HeartbeatRequest,
    answer: HeartbeatShape,
    run: (desk, id, body, caller) => desk.heartbeat(id, body, caller),
  });
  add({
    verb: 'ask',
    summary: 'Ask a question on the forge. A reply there is the answer; a heartbeat tells it.',
    body: AskRequest,
    answer: MovedShape,
    run: (desk, id, body, caller) => desk.ask(id, body, caller),
  });
  add({
    verb: 'complete',
    summary: 'Say that a task is done. Where there are gates, it counts once they pass.',
    body: CompleteRequest,
    answer: MovedShape,
    check: checkResultSize,
    run: (desk, id, body, caller) => desk.complete(id, body, caller),
  });
  add({
    verb: 'fail',
    summary: 'Say that a task could not be done, and whether another attempt can succeed.',
    body: FailRequest,
    answer: MovedShape,
    run: (desk, id, body, caller) => desk.fail(id, body, caller),
  });
  add({
    verb: 'release',
    summary: 'Give a task back, with a note for whoever takes it next. It costs no attempt.',
    body: ReleaseRequest,
    answer: MovedShape,
    run: (desk, id, body, caller) => desk.release(id, body, caller),
  });
}

function addAgentVerb<Body extends z.ZodType, Answer extends z.ZodType>(
  app: FastifyInstance,
  tasks: TaskDesk,
  { verb, summary, body, answer, check, run }: AgentVerb<Body, Answer>,
): void {
  app.post<{ Params: z.output<typeof TaskKey>; Body: unknown }>(
    `/api/v1/tasks/:id/${verb}`,
    {
      bodyLimit: TASK_BODY_BYTES,
      config: { access: 'agent' },
      schema: {
        summary,
        description:
          'Needs the lease of the claim, from the same token. 409 with `holder` when the lease does not hold the task any more.',
        tags: ['tasks'],
        params: TaskKey,
        headers: WriteHeaders,
        body,
        response: withProblems({ 200: answer }),
      },
      ...(check === undefined ? {} : { preValidation: check }),
    },
    async (request, reply) =>
      await run(tasks, request.params.id, request.body as z.output<Body>, toCaller(request, reply)),
  );
}

/** Before the schema looks at it, so that a result that is far too large is told so, and not which of its fields is too long. */
async function checkResultSize(request: FastifyRequest): Promise<void> {
  const { body } = request;
  const result = typeof body === 'object' && body !== null && 'result' in body ? body.result : undefined;
  const bytes = result === undefined ? 0 : Buffer.byteLength(JSON.stringify(result));
  if (bytes <= MAX_RESULT_BYTES) return;
  throw new FettleError(
    'body_too_large',
    `The result has ${bytes} bytes as JSON, and at most ${MAX_RESULT_BYTES} are taken; nothing was changed. Put what is larger into the repository or the pull request, and name it in the result.`,
  );
}
