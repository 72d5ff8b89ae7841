import { z } from 'zod';
import {
  AskRequest,
  CompleteRequest,
  FailRequest,
  type HeartbeatAnswer,
  HeartbeatRequest,
  HeartbeatShape,
  type Moved,
  MovedShape,
  ReleaseRequest,
} from '../../tasks/shapes.ts';
import { toBounded, toFitting } from '../bounded.ts';
import { toHeartbeatSeconds } from './claim-tool.ts';
import { defineTool, IDEMPOTENCY_KEY, TASK_ID } from './definition.ts';

/** What a holder says about its task. */

export const heartbeatTask = defineTool({
  name: 'heartbeat_task',
  title: 'Keep a task and hear its news',
  description:
    'Keeps your lease and tells what happened to the task meanwhile: comments, edits, answers to your question, verdicts about your completion. Do what the news ask for; stop when `cancelRequested` is true. A `note` says to people what you are doing.',
  writes: true,
  isIdempotent: true,
  input: z.strictObject({ ...TASK_ID, ...HeartbeatRequest.shape, ...IDEMPOTENCY_KEY }),
  output: HeartbeatShape,
  async run(desk, { id, idempotency_key: idempotencyKey, ...request }, call) {
    const answer = await desk.heartbeat(id, request, { ...call, idempotencyKey });
    const events = toFitting(answer.events);
    const isCut = events.length < answer.events.length;
    const next = isCut ? (events.at(-1)?.number ?? answer.next) : answer.next;
    const value = { ...answer, verdicts: toBounded(answer.verdicts), events, next };
    return { text: toHeartbeatText(value, isCut), value };
  },
});

function toHeartbeatText(answer: HeartbeatAnswer, isCut: boolean): string {
  if (answer.cancelRequested)
    return 'Stop: the task was called off. Leave what you pushed as it is, send nothing more about this task, and call claim_task for other work.';
  const { events, next, ttlSeconds, verdicts } = answer;
  const rejected = verdicts.filter(({ state }) => state === 'rejected');
  const isAnswered = events.some(({ kind }) => kind === 'answered');
  return [
    `You hold the task; the next heartbeat within ${toHeartbeatSeconds(ttlSeconds)} seconds, with after ${next}.`,
    ...(events.length === 0
      ? []
      : [`${events.length === 1 ? 'One piece' : `${events.length} pieces`} of news in \`events\`.`]),
    ...(isCut ? [`There is more news than fits: call heartbeat_task again now with after ${next}.`] : []),
    ...(isAnswered ? ['Your question was answered: the entry of kind `answered` holds it.'] : []),
    ...(rejected.length === 0
      ? []
      : ['Your completion was rejected: `verdicts` says why. Mend it and call complete_task again.']),
  ].join('\n');
}

export const askHuman = defineTool({
  name: 'ask_human',
  title: 'Ask a person',
  description:
    'Posts a question as a comment on the forge. The task waits for the answer, which comes with a later heartbeat as an entry of kind `answered`. Ask one thing at a time, with what you know and the choices you see, so that it can be answered without you.',
  writes: true,
  isHeardOutside: true,
  input: z.strictObject({ ...TASK_ID, ...AskRequest.shape, ...IDEMPOTENCY_KEY }),
  output: MovedShape,
  async run(desk, { id, idempotency_key: idempotencyKey, ...request }, call) {
    const value = toBounded(await desk.ask(id, request, { ...call, idempotencyKey }));
    const text =
      'Your question is being posted. Go on with heartbeats until one brings the answer, or call release_task with a handover: the task is then claimed anew once it is answered.';
    return { text, value };
  },
});

export const completeTask = defineTool({
  name: 'complete_task',
  title: 'Say that a task is done',
  description:
    'Hands in what you did. Where the task has gates they are checked first, and you hold the task meanwhile: go on with heartbeats until it is succeeded, or `verdicts` say what is missing. Hand in only what you have verified yourself.',
  writes: true,
  isHeardOutside: true,
  input: z.strictObject({ ...TASK_ID, ...CompleteRequest.shape, ...IDEMPOTENCY_KEY }),
  output: MovedShape,
  async run(desk, { id, idempotency_key: idempotencyKey, ...request }, call) {
    const value = toBounded(await desk.complete(id, request, { ...call, idempotencyKey }));
    return { text: toCompletedText(value), value };
  },
});

function toCompletedText({ state, verdicts }: Moved): string {
  if (state === 'succeeded') return 'The task is done. Call claim_task for the next one.';
  if (state === 'awaiting_approval')
    return 'A person looks at what you handed in; the lease is over and nothing more is asked of you. Call claim_task for the next one.';
  if (verdicts.some((verdict) => verdict.state === 'rejected'))
    return 'It is not done yet: `verdicts` says what is missing. You still hold the task. Mend it and call complete_task again.';
  return `The task is in state ${state}: what you handed in is being checked. Go on with heartbeats until it is succeeded, or \`verdicts\` say what is missing.`;
}

export const failTask = defineTool({
  name: 'fail_task',
  title: 'Say that a task cannot be done',
  description:
    'Ends your lease without a result. `retryable` true puts the task back for another attempt; false ends it until a person looks. If only an answer is missing, call ask_human; if you merely have to stop, call release_task.',
  writes: true,
  isHeardOutside: true,
  input: z.strictObject({ ...TASK_ID, ...FailRequest.shape, ...IDEMPOTENCY_KEY }),
  output: MovedShape,
  async run(desk, { id, idempotency_key: idempotencyKey, ...request }, call) {
    const value = toBounded(await desk.fail(id, request, { ...call, idempotencyKey }));
    return { text: `The task is in state ${value.state}; you do not hold it any more.`, value };
  },
});

export const releaseTask = defineTool({
  name: 'release_task',
  title: 'Give a task back',
  description:
    'Gives the task back without using up an attempt. Push what you have first and say in `handover` where it is, what is done and what is left: the next agent reads it.',
  writes: true,
  isHeardOutside: true,
  input: z.strictObject({ ...TASK_ID, ...ReleaseRequest.shape, ...IDEMPOTENCY_KEY }),
  output: MovedShape,
  async run(desk, { id, idempotency_key: idempotencyKey, ...request }, call) {
    const value = toBounded(await desk.release(id, request, { ...call, idempotencyKey }));
    return { text: `The task is in state ${value.state}; you do not hold it any more.`, value };
  },
});
