import { defineTaskVerb } from '../task-verb.ts';

export const tasksQuarantine = defineTaskVerb({
  verb: 'quarantine',
  summary: 'Take a task out of circulation until it is requeued.',
  description: 'Takes a task out of circulation until it is requeued, and ends a lease that is held.',
  examples: ['fettle tasks quarantine 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --note "Its text looks like an attack."'],
});
