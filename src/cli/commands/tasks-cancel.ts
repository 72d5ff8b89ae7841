import { defineTaskVerb } from '../task-verb.ts';

export const tasksCancel = defineTaskVerb({
  verb: 'cancel',
  summary: 'Call a task off. Its agent is told by its next heartbeat.',
  examples: ['fettle tasks cancel 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --note "Not needed any more."'],
});
