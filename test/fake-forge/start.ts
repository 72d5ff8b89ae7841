import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForgeConfig } from '../../src/config/config.ts';
import { createForgeApi } from '../../src/forges/api.ts';
import type { ApiTransport } from '../../src/forges/api-client.ts';
import { createOutgoingHttp } from '../../src/network/outgoing-http.ts';
import {
  type FakeAnswer,
  type FakeDialect,
  type FakeForge,
  type FakeKind,
  type FakeRecord,
  FakeRefusal,
  type FakeRepository,
  type FakeRequest,
  type FakeRoute,
  type FakeState,
  type FakeToken,
  type Interference,
} from './contract.ts';
import { DIALECTS } from './dialects.ts';
import { createState, TOKENS } from './state.ts';

/** Whoever ends what was begun: a test, or a list of a suite's own. */
export interface Closer {
  after(close: () => Promise<void>): void;
}

/** Starts a fake forge on a free port; it ends with the test. Its time begins at `startMs`, and moves by a second with each change. */
export async function startFakeForge(
  t: Closer,
  options: { readonly kind: FakeKind; readonly startMs?: number },
): Promise<FakeForge> {
  const { kind } = options;
  const dialect = DIALECTS[kind];
  const state = createState(
    kind !== 'gitlab' && kind !== 'bitbucket-cloud' && kind !== 'bitbucket-data-center',
    options.startMs,
  );
  const requests: FakeRecord[] = [];
  let interfere: Interference | undefined;
  let baseUrl = '';
  const server = createServer((message, response) => {
    void serve({ message, response, dialect, state, baseUrl, requests, interfere: () => interfere });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outgoing = createOutgoingHttp({ allowPrivate: ['127.0.0.1'] });
  t.after(async () => {
    await outgoing.close();
    server.closeAllConnections();
    server.close();
  });
  const transport: ApiTransport = {
    request: (request) =>
      outgoing.request({ ...request, url: String(request.url).replace('https://api.bitbucket.org', baseUrl) }),
  };
  const toConfig = (token: string): ForgeConfig => ({
    name: 'home',
    kind: kind === 'bitbucket-cloud' || kind === 'bitbucket-data-center' ? 'bitbucket' : kind,
    url: kind === 'bitbucket-cloud' ? null : baseUrl,
    token,
    secrets: ['s'],
    unsigned: false,
    insecure: false,
    accounts: [],
  });
  return {
    kind,
    url: baseUrl,
    state,
    requests,
    config: toConfig(TOKENS.fettle),
    transport,
    api(token = TOKENS.fettle) {
      const api = createForgeApi(toConfig(token), transport);
      if (api === undefined) throw new Error(`${kind} needs an address`);
      return api;
    },
    get interfere() {
      return interfere;
    },
    set interfere(value) {
      interfere = value;
    },
  };
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly dialect: FakeDialect;
  readonly state: FakeState;
  readonly baseUrl: string;
  readonly requests: FakeRecord[];
  readonly interfere: () => Interference | undefined;
}

async function serve(exchange: Exchange): Promise<void> {
  const { message, response, dialect, requests } = exchange;
  const bytes = await readAll(message);
  const finish = (answer: FakeAnswer | 'drop') => {
    const status = answer === 'drop' ? null : (answer.status ?? 200);
    requests.push({ method: message.method ?? '', path: message.url ?? '', status });
    if (answer === 'drop') response.destroy();
    else send(response, answer);
  };
  const refuse = (status: number, text: string): FakeAnswer => ({ status, body: dialect.toRefusal(status, text) });
  let answer: FakeAnswer | 'drop' | 'hang';
  try {
    answer = toAnswer(exchange, bytes);
  } catch (error) {
    // A defect of the fake itself must be seen, not be taken for a forge's failure.
    answer = error instanceof FakeRefusal ? refuse(error.status, error.message) : refuse(500, String(error));
  }
  if (answer !== 'hang') finish(answer);
}

/** The order in which the real ones look: token, address, method, right, then the thing itself. */
function toAnswer(exchange: Exchange, bytes: Buffer): FakeAnswer | 'drop' | 'hang' {
  const { message, dialect, state, baseUrl } = exchange;
  const url = new URL(message.url ?? '/', baseUrl);
  const method = message.method ?? 'GET';
  const token = findToken(dialect, state, message.headers.authorization);
  if (token === undefined || message.url?.includes('hunter2') === true) throw new FakeRefusal(401, 'Unauthorized');
  const toRequest = (params: Record<string, string>): FakeRequest => ({
    method,
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    params,
    body: readJson(bytes),
    bytes,
    token,
    state: toVisible(state, token),
    baseUrl,
  });
  const wanted = exchange.interfere()?.(toRequest({}));
  if (wanted !== undefined && wanted !== 'drop-after') return wanted;
  const answer = route(dialect, url.pathname, method, toRequest);
  if (wanted === 'drop-after') return 'drop';
  return { ...answer, headers: { ...dialect.toHeaders?.(token), ...answer.headers } };
}

function route(
  dialect: FakeDialect,
  path: string,
  method: string,
  toRequest: (params: Record<string, string>) => FakeRequest,
): FakeAnswer {
  const fitting = dialect.routes.flatMap((each) => {
    const params = dialect.prefixes.map((prefix) => match(`${prefix}${each.path}`, path)).find((found) => found);
    return params === undefined ? [] : [{ route: each, params }];
  });
  if (fitting.length === 0) throw new FakeRefusal(404, 'Not Found');
  const found = fitting.find((each) => each.route.method === method);
  if (found === undefined) throw new FakeRefusal(405, 'Method Not Allowed');
  const request = toRequest(found.params);
  if (method !== 'GET' && !request.token.mayWrite) throw new FakeRefusal(403, 'Forbidden');
  return found.route.answer(request);
}

/** The named parts of a path; undefined when it does not fit the pattern. */
function match(pattern: FakeRoute['path'], path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith('*')) {
      params[part.slice(1)] = given.slice(index).map(decodeURIComponent).join('/');
      return given.length > index ? params : undefined;
    }
    const value = given[index];
    if (value === undefined || value === '') {
      if (part !== value) return undefined;
    } else if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
  }
  return given.length === wanted.length ? params : undefined;
}

/** What somebody can see of a forge: a private repository without a permission there is not to be told from none. */
function toVisible(state: FakeState, { account }: FakeToken): FakeState {
  const isHidden = (repository: FakeRepository) =>
    repository.private && repository.permissions.get(account.login) === 'none';
  if (!state.repositories.some(isHidden)) return state;
  return { ...state, repositories: state.repositories.filter((repository) => !isHidden(repository)) };
}

function findToken({ scheme, otherScheme = scheme }: FakeDialect, state: FakeState, authorization = '') {
  const used = [scheme, otherScheme].find((each) => authorization.startsWith(each));
  return used === undefined ? undefined : state.tokens.get(authorization.slice(used.length));
}

function readJson(bytes: Buffer): Record<string, unknown> {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: as wrong as JSON of another kind.
  }
  throw new FakeRefusal(400, 'Problems parsing JSON');
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: FakeAnswer): void {
  if (body === undefined) response.writeHead(status, headers).end();
  else if (typeof body === 'string' || Buffer.isBuffer(body)) response.writeHead(status, headers).end(body);
  else response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
