import { z } from 'zod';
import { IdentityShape } from '../agent-desk.ts';
import { toBounded } from '../bounded.ts';
import { defineTool } from './definition.ts';

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who you are here',
  description:
    'Tells your role, the repositories you are limited to, and the agent names that claim_task takes. Call it first.',
  writes: false,
  input: z.strictObject({}),
  output: IdentityShape,
  async run(desk, _input, call) {
    const identity = await desk.whoami(call);
    const text = identity.mayWork
      ? 'You may claim tasks and work on them.'
      : 'You may read, but not claim tasks: your token has not the role agent.';
    return { text, value: toBounded(identity) };
  },
});
