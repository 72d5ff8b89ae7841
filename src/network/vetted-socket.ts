import { connect, isIP, type Socket } from 'node:net';
import { FettleError } from '../core/errors.ts';
import { createAddressPolicy } from './address-policy.ts';
import { createVettedLookup, type Resolver, systemResolver, toForbidden } from './vetted-connector.ts';

export interface VettedSocketOptions {
  /** Networks that may be reached besides public addresses, as they are configured at this moment. */
  readonly allowPrivate: readonly string[];
  /** Time for the lookup and the connection; default 10 seconds. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: the resolver of the operating system. */
  readonly resolve?: Resolver | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A connected TCP socket for protocols other than HTTP (SMTP), to an address vetted like those of outgoing HTTP: looked up once, and
 * connected to what was vetted. TLS is the caller's, who must check the certificate against `host`. The caller closes the socket.
 * @throws FettleError `address_forbidden`; `upstream_failed` when no connection came about; the reason of `signal`.
 */
export async function connectVetted(host: string, port: number, options: VettedSocketOptions): Promise<Socket> {
  const { allowPrivate, timeoutMs = CONNECT_TIMEOUT_MS, signal, resolve = systemResolver } = options;
  const policy = createAddressPolicy(allowPrivate);
  if (isIP(host) !== 0 && !policy.allows(host)) throw toForbidden(host);
  signal?.throwIfAborted();
  // A socket cannot stop a lookup that hangs; whoever waits is answered, and the socket is gone when the lookup comes back.
  const socket = connect({ host, port, lookup: createVettedLookup(policy, resolve) });
  return new Promise((settle, reject) => {
    const onAbort = () => {
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      fail(toFailure(host, port, `no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (reason: unknown) => {
      finish();
      socket.destroy();
      reject(reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      finish();
      settle(socket);
    });
    // It stays, so that an error before the caller listens does not end the process; the caller sees the socket closed.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fail(error instanceof FettleError ? error : toFailure(host, port, error.code ?? 'unknown reason', error));
    });
  });
}

function toFailure(host: string, port: number, reason: string, cause?: unknown): FettleError {
  return new FettleError(
    'upstream_failed',
    `No connection to ${host}:${port} came about (${reason}). Check that the host is up and its name and port are right.`,
    { cause },
  );
}
