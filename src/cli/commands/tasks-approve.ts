import { defineTaskVerb } from '../task-verb.ts';

export const tasksApprove = defineTaskVerb({
  verb: 'approve',
  summary: 'Let a task begin, or let what was submitted count.',
  examples: ['fettle tasks approve 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f'],
});
