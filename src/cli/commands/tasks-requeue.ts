import { defineTaskVerb } from '../task-verb.ts';

export const tasksRequeue = defineTaskVerb({
  verb: 'requeue',
  summary: 'Put a task back into the queue with all attempts before it.',
  description:
    'Puts a task back into the queue with all attempts before it. Ends a lease that is held, and a quarantine.',
  examples: ['fettle tasks requeue 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f'],
});
