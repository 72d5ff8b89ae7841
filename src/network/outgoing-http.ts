import { Agent } from 'undici';
import { FettleError } from '../core/errors.ts';
import { createAddressPolicy } from './address-policy.ts';
import type { OutgoingHttp, OutgoingLog, OutgoingRequest, OutgoingResponse } from './contract.ts';
import { isBeforeSending } from './failure-codes.ts';
import { toOutgoingUrl } from './outgoing-url.ts';
import { type Hop, toRedirect } from './redirect.ts';
import { toFetch } from './to-fetch.ts';
import { createVettedConnector, type Resolver, systemResolver } from './vetted-connector.ts';

export interface OutgoingHttpOptions {
  /** Networks that may be reached besides public addresses. */
  readonly allowPrivate: readonly string[];
  readonly log?: OutgoingLog | undefined;
  /** Default 10 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Default 30 seconds. */
  readonly timeoutMs?: number | undefined;
  /** Default: the resolver of the operating system. */
  readonly resolve?: Resolver | undefined;
}

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Connections to one origin at a time; further requests wait. */
const MAX_CONNECTIONS = 32;

/**
 * The client for outgoing HTTP.
 * @throws FettleError `config_invalid` when `allowPrivate` holds something that is no network.
 */
export function createOutgoingHttp(options: OutgoingHttpOptions): OutgoingHttp {
  const { log, resolve = systemResolver } = options;
  const createAgents = (allowPrivate: readonly string[]) => {
    const connect = createVettedConnector(createAddressPolicy(allowPrivate), resolve, CONNECT_TIMEOUT_MS);
    return {
      kept: new Agent({ connections: MAX_CONNECTIONS, connect }),
      // Without pipelining undici keeps no connection: https://undici.nodejs.org/#/docs/api/Client?id=parameter-clientoptions
      own: new Agent({ connections: MAX_CONNECTIONS, connect, pipelining: 0 }),
    };
  };
  let agents = createAgents(options.allowPrivate);
  const retired = new Set<Agent>();

  async function request(outgoing: OutgoingRequest): Promise<OutgoingResponse> {
    let hop: Hop = { ...outgoing, url: toOutgoingUrl(outgoing.url), method: outgoing.method ?? 'GET' };
    const startedAtMs = performance.now();
    const limitMs = outgoing.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const maxBytes = outgoing.maxBytes ?? options.maxResponseBytes ?? DEFAULT_MAX_BYTES;
    const { signal: callerSignal } = outgoing;
    const over = new AbortController();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      over.abort();
    }, limitMs);
    // By hand: `AbortSignal.any` costs more than all else here.
    const giveUp = () => over.abort(callerSignal?.reason);
    if (callerSignal?.aborted === true) giveUp();
    else callerSignal?.addEventListener('abort', giveUp, { once: true });
    const { signal } = over;
    try {
      for (let left = outgoing.maxRedirects ?? 0; ; left -= 1) {
        const response = await orAborted(
          exchange(outgoing.ownConnection === true ? agents.own : agents.kept, hop, signal, maxBytes),
          signal,
        );
        const next = left > 0 ? toRedirect(hop, response) : undefined;
        if (next !== undefined) {
          hop = next;
          continue;
        }
        const elapsedMs = Math.round(performance.now() - startedAtMs);
        log?.debug({ host: hop.url.host, method: hop.method, status: response.status, elapsedMs }, 'outgoing.finished');
        return response;
      }
    } catch (error) {
      if (callerSignal?.aborted === true) throw callerSignal.reason;
      const failure = toFailure(error, hop.url.host, isLate ? limitMs : undefined);
      log?.warn({ host: hop.url.host, method: hop.method, code: failure.code }, 'outgoing.failed');
      throw failure;
    } finally {
      clearTimeout(timer);
      callerSignal?.removeEventListener('abort', giveUp);
    }
  }

  return {
    request,
    fetch: toFetch(request),
    setAllowPrivate(networks) {
      const old = agents;
      agents = createAgents(networks);
      for (const agent of Object.values(old)) {
        retired.add(agent);
        void agent.close().then(() => retired.delete(agent));
      }
    },
    async close() {
      await Promise.all([...Object.values(agents), ...retired].map((agent) => agent.destroy()));
    },
  };
}

/** undici hears a signal only once it is connected; a lookup or connection that hangs must not outlast the limit. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = () => {
      reject(new Error('The request was given up.', { cause: signal.reason }));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  return Promise.race([work, aborted]);
}

async function exchange(agent: Agent, hop: Hop, signal: AbortSignal, maxBytes: number): Promise<OutgoingResponse> {
  const { url, method } = hop;
  const answer = await agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: hop.headers ?? {},
    body: hop.body ?? null,
    signal,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the stream, and with it the connection.
    if (size > maxBytes) {
      throw new FettleError(
        'upstream_failed',
        `${url.host} answered ${answer.statusCode} with more than ${maxBytes} bytes; the rest was not read.`,
        { outcomeUnknown: answer.statusCode < 300 },
      );
    }
    chunks.push(chunk);
  }
  return {
    status: answer.statusCode,
    headers: toPlainHeaders(answer.headers),
    body: Buffer.concat(chunks),
    url: url.href,
  };
}

function toPlainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [[name, Array.isArray(value) ? value.join(name === 'set-cookie' ? '\n' : ', ') : value] as const];
  });
  return Object.fromEntries(entries);
}

function toFailure(error: unknown, host: string, exceededMs: number | undefined): FettleError {
  if (error instanceof FettleError) return error;
  if (exceededMs !== undefined) {
    return new FettleError('upstream_failed', `${host} did not answer completely within ${exceededMs} ms.`, {
      cause: error,
      outcomeUnknown: true,
    });
  }
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
  return new FettleError(
    'upstream_failed',
    `No complete answer came from ${host} (${code}). Check that the host is up and its name and port are right.`,
    { cause: error, outcomeUnknown: !isBeforeSending(code) },
  );
}
