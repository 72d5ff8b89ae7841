import type { ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { AgentCall, AgentDesk } from '../agent-desk.ts';

/** One tool: what it is called, what it takes and answers, and what it does. Made with `defineTool`. */
export interface Tool {
  /** Stable: agents are told of it in prompts and permissions. */
  readonly name: string;
  readonly title: string;
  /** For the model: when to call it, and what to mind. */
  readonly description: string;
  /** Who may not claim tasks does not see the tools that write. */
  readonly writes: boolean;
  readonly annotations: ToolAnnotations;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** @throws FettleError as the desk does. */
  run(desk: AgentDesk, input: unknown, call: AgentCall): Promise<ToolOutcome>;
}

export interface ToolOutcome {
  /** A sentence or a few of ours; nothing in it comes from a forge. */
  readonly text: string;
  /** As the schema of the output says. */
  readonly value: Readonly<Record<string, unknown>>;
}

interface TypedTool<Input extends z.ZodObject, Output extends z.ZodObject> extends Pick<
  Tool,
  'name' | 'title' | 'description' | 'writes'
> {
  readonly input: Input;
  readonly output: Output;
  /** What it does reaches people: it writes on the forge. */
  readonly isHeardOutside?: true;
  /** Doing it twice is like doing it once, even without a key. */
  readonly isIdempotent?: true;
  run(
    desk: AgentDesk,
    input: z.output<Input>,
    call: AgentCall,
  ): Promise<{ readonly text: string; readonly value: z.input<Output> }>;
}

/** A tool whose input and output have types. What leaves it was put through its schema, so that nothing unannounced does. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: TypedTool<Input, Output>,
): Tool {
  const { isHeardOutside = false, isIdempotent = false, writes, title, output } = definition;
  return {
    name: definition.name,
    title,
    description: definition.description,
    writes,
    annotations: {
      title,
      readOnlyHint: !writes,
      destructiveHint: false,
      idempotentHint: !writes || isIdempotent,
      openWorldHint: isHeardOutside,
    },
    input: definition.input,
    output,
    async run(desk, input, call) {
      const { text, value } = await definition.run(desk, input as z.output<Input>, call);
      return { text, value: output.parse(value) };
    },
  };
}

/** The argument of every tool that writes. */
export const IDEMPOTENCY_KEY = {
  idempotency_key: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional()
    .describe(
      'A new random text for each new call. When no answer arrived, repeat the call with the same key: it is not done twice.',
    ),
};

/** The argument of every tool about one task. */
export const TASK_ID = { id: z.uuid().describe('Id of the task.') };
