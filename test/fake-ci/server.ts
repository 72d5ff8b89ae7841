import type { TestContext } from 'node:test';
import { type SeenRequest, startWebServer, type WebServer } from '../web-server.ts';

/**
 * CI servers and DAG engines for tests: real HTTP with a memory, which take what the real ones take, and refuse what they refuse, by
 * their published APIs.
 */
export interface FakeCi extends WebServer {
  /** Every pipeline that was started. */
  readonly started: StartedPipeline[];
  /** Instead of an answer: another status; `drop-after` does what was asked and closes the connection. */
  interfere: ((request: SeenRequest) => Interference | undefined) | undefined;
}

export type Interference =
  'drop-after' | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> };

export interface StartedPipeline {
  readonly id: string;
  readonly values: Readonly<Record<string, string>>;
  readonly ref?: string;
  /** In the word of the engine. */
  state: string;
}

export interface CiReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What an engine answers; 404 for what it leaves out. */
export type CiAnswer = (request: CiRequest, started: StartedPipeline[]) => CiReply | undefined;

export interface CiRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: SeenRequest['headers'];
  readonly text: string;
  /** Parsed JSON, `{}` for none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** @param authorization the only header that is let in; undefined lets everybody in. */
export async function startFakeCi(
  t: TestContext,
  authorization: string | undefined,
  answer: CiAnswer,
): Promise<FakeCi> {
  const started: StartedPipeline[] = [];
  const ci: { interfere: FakeCi['interfere'] } = { interfere: undefined };
  const server = await startWebServer(t, (seen, response) => {
    const wanted = ci.interfere?.(seen);
    const reply =
      wanted !== undefined && wanted !== 'drop-after'
        ? wanted
        : seen.headers['authorization'] === authorization || authorization === undefined
          ? (answer(toRequest(seen), started) ?? { status: 404, body: { message: 'not found' } })
          : { status: 401, body: { message: 'unauthorised' } };
    if (wanted === 'drop-after') {
      response.destroy();
      return;
    }
    const { status = 200, headers = {}, body } = reply;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  });
  return Object.assign(ci, server, { started });
}

function toRequest({ method, path, headers, body: text }: SeenRequest): CiRequest {
  const url = new URL(path, 'http://ci');
  const isJson = headers['content-type']?.includes('json') === true;
  const json = isJson && text !== '' ? (JSON.parse(text) as Readonly<Record<string, unknown>>) : {};
  return { method, path: decodeURIComponent(url.pathname), query: url.searchParams, headers, text, json };
}
