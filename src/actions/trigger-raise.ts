import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import { defineAction } from './define-action.ts';

/**
 * Listed with the others for documentation, forms and the schema of the configuration; rules raise triggers themselves, in the
 * transaction that stores the event, so that no run is made of it.
 */
export const triggerRaise = defineAction({
  name: 'trigger.raise',
  summary:
    'Raises a trigger: an event of its own on the stream, at once and without a run. `trigger: x` is its short form.',
  input: z.strictObject({
    trigger: z
      .string()
      .regex(/^[a-z][a-z0-9-]*$/)
      .describe('Name of the trigger: lower-case letters, digits and hyphens.')
      .meta({ title: 'a trigger name of lower-case letters, digits and hyphens', examples: ['pipeline'] }),
  }),
  examples: [
    { title: 'The short form', yaml: 'trigger: pipeline' },
    { title: 'The long form', yaml: 'trigger.raise:\n  trigger: pipeline' },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 1_000,
  concurrency: 1,
  allowedInRepository: true,
  target: () => ({ destination: 'stream', orderKey: null, credential: null, reaches: [] }),
  run() {
    throw new FettleError('internal', 'A trigger is raised where its rule matches and is never a run.');
  },
});
