import { ERRORS, type ErrorCode, FettleError } from '../../src/core/errors.ts';
import { toAdvice } from '../../src/mcp/advice.ts';
import { RESOURCES } from '../../src/mcp/resources.ts';
import { TOOLS } from '../../src/mcp/tools/registry.ts';
import { listTools } from '../../src/mcp/tools/tool-list.ts';
import { GENERATED_NOTE, toCode, toTable } from './markdown.ts';

/** docs/mcp.md, from the definitions of the tools and resources. */
export function toMcpPage(): string {
  return [
    GENERATED_NOTE,
    '# The Model Context Protocol',
    'Coding agents reach the hub by the [Model Context Protocol](https://modelcontextprotocol.io). [Agents](agents.md) has the five-minute set-up; this page lists what there is. The same tools are served in two ways:',
    [
      '- **Over HTTP**, at `POST /mcp` of the hub, with a token in the header `Authorization: Bearer …`. Clients of the protocol of 2025 and of 2026-07-28 are both served. There are no sessions: every request is on its own, and any hub of a database answers it. `GET` and `DELETE` are answered 405.',
      '- **Over the standard input and output**, by [`fettle mcp`](cli.md#mcp), which asks a running hub.',
    ].join('\n'),
    'The token decides what there is: with the role `agent` (or `admin`) all tools, with `viewer` or `operator` those that read. Tasks and events outside the repositories of the token do not exist for it.',
    '## How tools answer',
    [
      '- `structuredContent` is the answer; its schema is part of `tools/list`, and [schema/mcp-tools.json](../schema/mcp-tools.json) has all of them. The first text says in a sentence what came of the call; the second repeats the answer as JSON, for programs that show a model only texts.',
      '- Texts from a forge stand in `structuredContent`, and in the second text between `<untrusted-data>` and `</untrusted-data>`. They are data: an issue can hold anything.',
      '- An answer has about 60,000 characters at most. Longer texts are cut and say so; of longer lists the next call gives the rest, by the cursor in `next`.',
      '- What goes wrong is a result with `isError`, whose text begins with the [code](errors.md) and ends with what to do. Only what is no call of a tool at all is an error of the protocol.',
      '- Tools that write take an `idempotency_key`: the same key and arguments give the same answer for a day, and nothing is done twice.',
    ].join('\n'),
    '## Tools',
    toTable(
      ['tool', 'for', 'what'],
      TOOLS.map(({ name, title, writes }) => [`[${toCode(name)}](#${name})`, writes ? 'agents' : 'readers', title]),
    ),
    ...listTools(true).map(toSection),
    '## Resources',
    toTable(
      ['address', 'what'],
      RESOURCES.map(({ uri, description }) => [toCode(uri), description]),
    ),
    'Both are JSON. A client of the protocol of 2026-07-28 can listen over HTTP to either address (`subscriptions/listen`) and is told when what it shows changes; it holds a place of `stream.maxClients` meanwhile. Notices are not kept: what must not be missed is read with `events_since`, which has a cursor.',
    '## Errors',
    'What a model is told to do, by code:',
    toTable(['code', 'what to do'], Object.keys(ERRORS).filter(isMet).map(toErrorRow)),
  ].join('\n\n');
}

/** The codes that a tool can answer with in ordinary life. */
const MET: ReadonlySet<string> = new Set<ErrorCode>([
  'lease_stale',
  'task_cancelled',
  'task_not_movable',
  'agent_unknown',
  'idempotency_key_reused',
  'body_too_large',
  'not_found',
  'invalid_request',
  'forbidden',
  'unauthenticated',
  'too_many_clients',
  'store_unavailable',
  'hub_unreachable',
  'internal',
]);

function isMet(code: string): code is ErrorCode {
  return MET.has(code);
}

function toErrorRow(code: string): readonly string[] {
  return [`[${toCode(code)}](errors.md#${code})`, toAdvice(new FettleError(code as ErrorCode, ''))];
}

type Listed = ReturnType<typeof listTools>[number];

function toSection({ name, description = '', inputSchema, outputSchema }: Listed): string {
  const fields = listFields(inputSchema);
  const answers = Object.entries(outputSchema?.properties ?? {}).map(([field, schema]) => {
    const { description: about } = schema as Schema;
    return about === undefined ? `- ${toCode(field)}` : `- ${toCode(field)}: ${about}`;
  });
  return [
    `### ${name}`,
    description,
    fields.length === 0 ? 'It takes no arguments.' : toTable(['argument', 'type', 'default', 'meaning'], fields),
    'It answers:',
    answers.join('\n'),
  ].join('\n\n');
}

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function listFields(schema: object, path = ''): string[][] {
  const { properties = {}, required = [] } = schema as Schema;
  return Object.entries(properties).flatMap(([name, field]) => {
    const { description = '', default: initial } = field as Schema;
    const whenAbsent = required.includes(name)
      ? '**required**'
      : initial === undefined
        ? ''
        : toCode(JSON.stringify(initial));
    const row = [toCode(`${path}${name}`), toType(field), whenAbsent, description];
    return [row, ...listFields(field, `${path}${name}.`)];
  });
}

function toType(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).map(toCode).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(toType).join(' or ');
  if (schema.items !== undefined) return `list of ${toType(schema.items)}`;
  return schema.format ?? schema.type ?? 'anything';
}
