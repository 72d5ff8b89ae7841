import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { includesRole, type Role } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import { AUTHENTICATION_FAILURES, type AuthenticationFailure, type Authenticator } from './authenticator.ts';
import { readCredentials } from './credentials.ts';
import { isOpenToAnyHost, isOwnHost, isOwnOrigin } from './own-address.ts';

/** Wrong credentials per address and minute before the answer is 429 instead of 401. Right ones always pass. */
const FAILURES_PER_MINUTE = 20;

export interface GuardOptions {
  readonly authenticator: Authenticator;
  readonly listenHost: string;
  /** Live, because the option is. */
  readonly publicUrl: () => string | null;
  readonly corsOrigins: readonly string[];
  readonly onFailure: (reason: AuthenticationFailure) => void;
}

/** Refuses requests to a host name that is not ours; add before anything that answers. */
export function registerHostCheck(app: FastifyInstance, options: Pick<GuardOptions, 'listenHost' | 'publicUrl'>): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOpenToAnyHost(toPath(request.url)) || isOwnHost(request, options.publicUrl(), options.listenHost)) {
      done();
      return;
    }
    done(
      new FettleError(
        'bad_host',
        'The hub does not answer under this host name. Set publicUrl in fettle.yaml, or FETTLE_PUBLIC_URL, to the address you open it with.',
      ),
    );
  });
}

/** Lets each request through only as far as its route's `access` says. Needs the cookie and rate-limit plugins. */
export function registerGuard(app: FastifyInstance, options: GuardOptions): void {
  const countFailure = app.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: 60_000 });
  // A page that is open and signed out asks again and again: that is logged as sparsely, but never answered 429.
  const countMissing = app.createRateLimit({ max: FAILURES_PER_MINUTE, timeWindow: 60_000 });

  app.decorateRequest('principal', null);
  app.addHook('onRequest', (request, reply, done) => {
    const { access, identify } = request.routeOptions.config;
    if (request.is404 || (access === 'public' && identify !== true)) {
      done();
      return;
    }
    recognise(request, reply, access).then(() => done(), done);
  });

  async function recognise(request: FastifyRequest, reply: FastifyReply, access: Role | 'public' | undefined) {
    if (access === undefined) throw new FettleError('forbidden', 'This route does not say who may use it.');
    if (access === 'public') request.principal = await findPrincipal(request);
    else await admit(request, reply, access);
  }

  async function admit(request: FastifyRequest, reply: FastifyReply, access: Role): Promise<void> {
    const { principal, failure } = await options.authenticator.authenticate(readCredentials(request));
    if (principal === undefined) {
      await noteFailure(request, failure);
      reply.header('www-authenticate', 'Bearer realm="fettle"');
      throw new FettleError('unauthenticated', AUTHENTICATION_FAILURES[failure]);
    }
    checkOrigin(request, principal.via === 'session');
    if (!includesRole(principal.role, access)) {
      throw new FettleError('forbidden', `This needs the role ${access}; yours is ${principal.role}.`);
    }
    request.principal = principal;
  }

  /** Nobody is turned away from a public route: credentials that do not hold, or cannot be looked up, count as none. */
  async function findPrincipal(request: FastifyRequest) {
    const credentials = readCredentials(request);
    if (credentials.kind === 'none') return null;
    try {
      const { principal, failure } = await options.authenticator.authenticate(credentials);
      if (principal === undefined) await noteFailure(request, failure);
      return principal ?? null;
    } catch (error) {
      request.log.debug({ err: error }, 'Credentials could not be looked up');
      return null;
    }
  }

  async function noteFailure(request: FastifyRequest, reason: AuthenticationFailure): Promise<void> {
    options.onFailure(reason);
    const count = await (reason === 'none' ? countMissing : countFailure)(request);
    if (count.isAllowed || !count.isExceeded) {
      request.log.warn({ reason, address: request.ip, path: toPath(request.url) }, 'Authentication failed');
      return;
    }
    if (reason === 'none') return;
    throw new FettleError('rate_limited', 'Too many requests without valid credentials came from this address.', {
      retryAfterSeconds: count.ttlInSeconds,
    });
  }

  /**
   * A browser adds the session cookie by itself, so a write with it must come from our own page. A WebSocket is readable by
   * the page that opened it, whatever CORS says, so its origin is checked too, with or without a cookie.
   */
  function checkOrigin(request: FastifyRequest, byCookie: boolean): void {
    const { origin } = request.headers;
    const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    const isUpgrade = request.headers.upgrade !== undefined;
    const isChecked = request.routeOptions.config.originChecked === true;
    if (!(byCookie && isWrite) && !isUpgrade && !isChecked) return;
    if (origin === undefined && !byCookie) return;
    if (origin !== undefined && isOwnOrigin(origin, request, options.publicUrl())) return;
    const mayBeForeign = isUpgrade || (isChecked && !byCookie);
    if (origin !== undefined && mayBeForeign && options.corsOrigins.includes(origin)) return;
    throw new FettleError(
      'bad_origin',
      'The request does not come from a page of this hub. Use a bearer token from elsewhere, set publicUrl to the address you open the hub with, or list the page in http.corsOrigins.',
    );
  }
}

function toPath(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
