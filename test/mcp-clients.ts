import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdioTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttpTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** The official clients of both generations, over HTTP and over the standard input and output, all used in the same way. */

const IDENTITY = { name: 'a-test', version: '1.0.0' };
const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts');
const MODERN = '2026-07-28';

/** What a tool answered. */
export interface ToolAnswer {
  readonly isError: boolean;
  /** The texts, in order. */
  readonly texts: readonly string[];
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

export interface McpClient {
  readonly protocol: string | undefined;
  readonly instructions: string | undefined;
  call(tool: string, input?: Record<string, unknown>): Promise<ToolAnswer>;
  listTools(): Promise<readonly { readonly name: string }[]>;
  readResource(uri: string): Promise<string>;
  readonly close: () => Promise<void>;
}

export interface Address {
  readonly url: string;
  readonly token: string;
  /** Where programs are started; they read no configuration there. */
  readonly directory?: string;
  /** Told what a started program writes beside the protocol. */
  readonly onError?: (text: string) => void;
}

export interface ClientKind {
  readonly name: string;
  readonly open: (address: Address) => Promise<McpClient>;
}

export const OVER_HTTP: readonly ClientKind[] = [
  { name: 'the client of 2026 over HTTP', open: async (address) => await openNew(toHttp(address), { pin: MODERN }) },
  {
    name: 'the client of 2026 with the protocol of 2025 over HTTP',
    open: async (address) => await openNew(toHttp(address), 'legacy'),
  },
  { name: 'the client of 2025 over HTTP', open: openOldHttp },
];

export const OVER_STDIO: readonly ClientKind[] = [
  { name: 'the client of 2026 over stdio', open: async (address) => await openNew(toStdio(address), 'auto') },
  { name: 'the client of 2025 over stdio', open: openOldStdio },
];

type Negotiation = NonNullable<NonNullable<ConstructorParameters<typeof Client>[1]>['versionNegotiation']>['mode'];

/** The client of the new generation as it is, for what only it can do. */
export async function connectNew(address: Address): Promise<Client> {
  return await connect(toHttp(address), { pin: MODERN });
}

async function connect(transport: Parameters<Client['connect']>[0], mode: NonNullable<Negotiation>): Promise<Client> {
  const client = new Client(IDENTITY, { versionNegotiation: { mode } });
  await client.connect(transport);
  return client;
}

async function openNew(
  transport: Parameters<Client['connect']>[0],
  mode: NonNullable<Negotiation>,
): Promise<McpClient> {
  const client = await connect(transport, mode);
  return {
    protocol: client.getNegotiatedProtocolVersion(),
    instructions: client.getInstructions(),
    call: async (name, input = {}) => toAnswer(await client.callTool({ name, arguments: input })),
    listTools: async () => (await client.listTools()).tools,
    readResource: async (uri) => toText((await client.readResource({ uri })).contents),
    close: async () => await client.close(),
  };
}

async function openOldHttp(address: Address): Promise<McpClient> {
  const { url, requestInit } = toRequests(address);
  const transport = new OldHttpTransport(url, { requestInit });
  const client = await openOld(transport);
  return { ...client, protocol: transport.protocolVersion };
}

async function openOldStdio(address: Address): Promise<McpClient> {
  const transport = new OldStdioTransport(toProgram(address));
  transport.stderr?.on('data', (chunk: Buffer) => address.onError?.(String(chunk)));
  return await openOld(transport);
}

async function openOld(transport: Parameters<OldClient['connect']>[0]): Promise<McpClient> {
  const client = new OldClient(IDENTITY);
  await client.connect(transport);
  return {
    protocol: undefined,
    instructions: client.getInstructions(),
    call: async (name, input = {}) => toAnswer(await client.callTool({ name, arguments: input })),
    listTools: async () => (await client.listTools()).tools,
    readResource: async (uri) => toText((await client.readResource({ uri })).contents),
    close: async () => await client.close(),
  };
}

function toRequests({ url, token }: Address) {
  return { url: new URL('/mcp', url), requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

function toHttp(address: Address): StreamableHTTPClientTransport {
  const { url, requestInit } = toRequests(address);
  return new StreamableHTTPClientTransport(url, { requestInit });
}

function toStdio(address: Address): StdioClientTransport {
  const transport = new StdioClientTransport(toProgram(address));
  transport.stderr?.on('data', (chunk: Buffer) => address.onError?.(String(chunk)));
  return transport;
}

function toProgram({ url, token, directory }: Address) {
  return {
    command: process.execPath,
    args: [MAIN, 'mcp', '--url', url],
    env: { FETTLE_TOKEN: token },
    stderr: 'pipe' as const,
    ...(directory === undefined ? {} : { cwd: directory }),
  };
}

function toAnswer(result: unknown): ToolAnswer {
  const {
    content = [],
    structuredContent,
    isError = false,
  } = result as {
    content?: readonly { readonly type: string; readonly text?: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
  };
  return { isError, texts: content.map(({ text = '' }) => text), value: structuredContent };
}

function toText(contents: readonly object[]): string {
  const [first] = contents as readonly { readonly text?: string }[];
  if (first?.text === undefined) throw new Error('The resource has no text');
  return first.text;
}
