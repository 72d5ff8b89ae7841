import type { TaskState } from '../api/task-shapes.ts';
import type { Tone } from '../runs/run-states.ts';

/** What each state is called and means, and how it is coloured: red has come to an end that somebody should look at. */
export const TASK_STATE_TEXTS: Record<
  TaskState,
  { readonly name: string; readonly tone: Tone; readonly about: string }
> = {
  blocked: { name: 'blocked', tone: 'wait', about: 'It cannot begin yet; the reason says what it waits for.' },
  queued: { name: 'queued', tone: 'busy', about: 'It waits for an agent to claim it.' },
  leased: { name: 'leased', tone: 'busy', about: 'An agent holds it and works on it.' },
  needs_input: {
    name: 'needs input',
    tone: 'wait',
    about: 'The agent asked something; a comment on the forge answers it.',
  },
  awaiting_approval: { name: 'awaiting approval', tone: 'wait', about: 'A person is to approve or reject it.' },
  failed: { name: 'failed', tone: 'bad', about: 'The agent says that it cannot be done.' },
  dead: {
    name: 'dead',
    tone: 'bad',
    about: 'All its attempts failed or expired; somebody is to requeue or cancel it.',
  },
  succeeded: { name: 'succeeded', tone: 'good', about: 'It was done.' },
  cancelled: { name: 'cancelled', tone: 'quiet', about: 'It was called off.' },
};

/** The states in which nothing goes on without a person. */
export const NEEDY_STATES: readonly TaskState[] = ['needs_input', 'awaiting_approval', 'dead'];
