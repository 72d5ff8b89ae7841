import { defineTaskVerb } from '../task-verb.ts';

export const tasksReject = defineTaskVerb({
  verb: 'reject',
  summary: 'Send what was submitted back to its agent with a note.',
  description: 'Sends what was submitted back to its agent with a note. A task that has not begun yet is cancelled.',
  examples: ['fettle tasks reject 01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f --note "The test for Windows is missing."'],
});
