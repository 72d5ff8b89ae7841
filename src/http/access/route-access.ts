import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { Principal, Role } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';

/**
 * Access is denied by default. Every route says who may use it in its `config`:
 *
 *   app.get('/api/v1/books', { config: { access: 'viewer' } }, …)     a role, and whatever role includes it
 *   app.post('/webhook/:forge', { config: { access: 'public' } }, …)  anybody; `request.principal` stays null
 *   app.get('/health', { config: { access: 'public', identify: true } }, …)
 *                                  anybody, but credentials that hold are recognised and shown more
 *
 * A route without `access` stops the server from starting.
 */
export type RouteAccess = 'public' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. */
    access?: RouteAccess;
    /** Recognise credentials on a public route, without asking for them. */
    identify?: true;
    /** Requests that a browser sends for a page must come from a page of ours, whatever credentials they carry. */
    originChecked?: true;
  }
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    principal: Principal | null;
  }
}

/** One route as declared, for the walk that proves the table of access. */
export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

/** Lists the routes of an instance as they are added; call it before the first. */
export function collectRoutes(app: FastifyInstance): () => DeclaredRoute[] {
  const seen: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    // The CORS plugin's own answer to preflights, which browsers send without credentials.
    if (route.url === '*' && route.method === 'OPTIONS') route.config = { ...route.config, access: 'public' };
    seen.push(route);
  });
  return () => seen.flatMap(toDeclaredRoutes);
}

function toDeclaredRoutes(route: RouteOptions): DeclaredRoute[] {
  const methods = Array.isArray(route.method) ? route.method : [route.method];
  const access = route.config?.access;
  if (access === undefined) {
    throw new Error(
      `The route ${methods.join(', ')} ${route.url} does not say who may use it. Declare it with config: { access: 'public' } or a role.`,
    );
  }
  return methods.map((method) => ({ method, url: route.url, access }));
}

/** The principal of a request on a route that is not public. */
export function getPrincipal(request: Pick<FastifyRequest, 'principal'>): Principal {
  if (request.principal === null)
    throw new FettleError('unauthenticated', 'This needs a token or a signed-in session.');
  return request.principal;
}

/** Refuses a principal whose scopes name repositories, where the answer is about the whole hub. */
export function requireAllRepositories(request: FastifyRequest): void {
  if (getPrincipal(request).scopes.repos.length === 0) return;
  throw new FettleError('forbidden', 'This is about the whole hub; your token is limited to some repositories.');
}
