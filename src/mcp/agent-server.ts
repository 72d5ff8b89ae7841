import { McpServer, type McpRequestContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { includesRole, type Role } from '../core/access.ts';
import { FettleError } from '../core/errors.ts';
import { toExpectedError } from './advice.ts';
import type { AgentCall, AgentDesk } from './agent-desk.ts';
import { toToolAnswer, toToolFailure } from './answer.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { registerResources } from './resources.ts';
import type { Tool } from './tools/definition.ts';
import { TOOLS } from './tools/registry.ts';
import { listTools } from './tools/tool-list.ts';

export interface AgentServerOptions {
  readonly desk: AgentDesk;
  /** Role of the caller; undefined when it is not known yet, and the hub will refuse what is not allowed. */
  readonly role: Role | undefined;
  readonly version: string;
  readonly era: McpRequestContext['era'];
  /** Clients of the new protocol may listen to resources. */
  readonly hasNotices: boolean;
  /** Aborted when the caller is gone. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every failure that nobody foresaw, with the name of the tool or resource. */
  readonly onDefect: (error: unknown, where: string) => void;
}

/** Checked by the tool itself, so that what is wrong is said like every other error. */
const ANY_ARGUMENTS = z.looseObject({});

/**
 * The tools and resources of one caller, for either generation of the protocol. It holds no state: whoever serves it makes one for each
 * request or connection.
 */
export function createAgentServer(options: AgentServerOptions): McpServer {
  const { desk, role, version, era, hasNotices } = options;
  const mayWrite = role === undefined || includesRole(role, 'agent');
  const server = new McpServer(
    { name: 'fettle', title: 'Fettle', version },
    {
      instructions: INSTRUCTIONS,
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false, ...(hasNotices && era === 'modern' ? { subscribe: true } : {}) },
      },
    },
  );

  for (const tool of TOOLS) {
    server.registerTool(
      tool.name,
      { title: tool.title, description: tool.description, inputSchema: ANY_ARGUMENTS, annotations: tool.annotations },
      async (input, context) => await callTool(tool, input, toCall(context.mcpReq.signal)),
    );
  }
  // The library's own answer has every tool for everybody, and makes all schemas anew for each request.
  server.server.setRequestHandler('tools/list', () => ({ tools: listTools(mayWrite) }));
  registerResources(server, { desk, toCall, toError: (error) => toTellable(error, 'a resource') });
  return server;

  function toCall(signal: AbortSignal): AgentCall {
    return { signal: options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]) };
  }

  async function callTool(tool: Tool, input: unknown, call: AgentCall) {
    try {
      if (tool.writes && !mayWrite) {
        throw new FettleError('forbidden', `${tool.name} needs the role agent; yours is ${role}.`);
      }
      const { text, value } = await tool.run(desk, readArguments(tool, input), call);
      return toToolAnswer(text, value);
    } catch (error) {
      return toToolFailure(toTellable(error, tool.name));
    }
  }

  function toTellable(error: unknown, where: string): FettleError {
    const expected = toExpectedError(error);
    if (expected !== undefined) return expected;
    options.onDefect(error, where);
    return new FettleError('internal', 'Something went wrong inside Fettle; its log says what.');
  }
}

function readArguments({ name, input: schema }: Tool, input: unknown): unknown {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const problems = read.error.issues
    .slice(0, 10)
    .map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`);
  throw new FettleError('invalid_request', `The arguments of ${name} are not valid. ${problems.join('; ')}.`);
}
