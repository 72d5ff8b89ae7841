import { z } from 'zod';
import { MAX_WAIT_SECONDS } from '../../tasks/shapes.ts';
import { type EventAnswer, EventDetailsShape, type EventsAnswer, EventsShape } from '../agent-desk.ts';
import { toBounded, toFitting } from '../bounded.ts';
import { defineTool } from './definition.ts';

const values = (about: string) =>
  z.array(z.string().min(1).max(256)).max(50).default([]).describe(`${about} Any of them matches; empty is all.`);

export const eventsSince = defineTool({
  name: 'events_since',
  title: 'Read events after a cursor',
  description:
    'Tells what happened on the forges after a cursor, oldest first: pushes, issues, pull requests, comments, tasks. Keep `next` and pass it as `cursor`: nothing is skipped, even when the hub was restarted in between. Without a cursor it begins now. Long texts are cut; get_event tells more.',
  writes: false,
  input: z.strictObject({
    cursor: z
      .number()
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('`next` of the call before; 0 is the oldest that is kept. Without it from now on.'),
    types: values('Event types or globs, such as `pull.*`.'),
    repos: values('Globs over full repository names.'),
    forges: values('Names of forges.'),
    actors: values('Logins of who did it.'),
    labels: values('Labels gained or lost.'),
    triggers: values('Names of triggers.'),
    wait: z.number().min(0).max(MAX_WAIT_SECONDS).default(0).describe('Seconds to wait when there is none.'),
    limit: z.number().int().min(1).max(100).default(20),
  }),
  output: EventsShape,
  async run(desk, query, call) {
    const answer = await desk.eventsSince(query, call);
    const events = toFitting(answer.events);
    // What did not fit is told by the next call.
    const next = events.length < answer.events.length ? toSeq(events.at(-1)) : answer.next;
    return { text: toText(events.length, next, answer.gap), value: { events, next, gap: answer.gap } };
  },
});

function toSeq(event: EventAnswer['event'] | undefined): number {
  if (typeof event?.seq !== 'number') throw new Error('An event came without its seq');
  return event.seq;
}

function toText(count: number, next: number, gap: EventsAnswer['gap']): string {
  const found = count === 0 ? 'No new event.' : count === 1 ? 'One event.' : `${count} events.`;
  const lost =
    gap === null
      ? ''
      : ' What lies between your cursor and the oldest event is not kept any more: look at the present state of what matters to you.';
  return `${found} Go on with cursor ${next}.${lost}`;
}

export const getEvent = defineTool({
  name: 'get_event',
  title: 'Look at an event',
  description: 'Tells one event in full, and what rules did about it.',
  writes: false,
  input: z.strictObject({
    id: z
      .union([z.uuid(), z.number().int().min(1).max(Number.MAX_SAFE_INTEGER)])
      .describe('Id of the event, or its `seq`.'),
  }),
  output: EventDetailsShape,
  async run(desk, { id }, call) {
    const { event, matched } = await desk.getEvent(String(id), call);
    return { text: 'The event as it is kept.', value: toBounded({ event, matched }) };
  },
});
