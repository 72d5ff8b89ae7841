import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { deleteSession, insertSession, redeemSignInCode } from '../../store/sessions.ts';
import { SESSION_COOKIE } from '../access/credentials.ts';
import { getPrincipal } from '../access/route-access.ts';
import { createSecretText, toSecretHash } from '../access/secret-text.ts';
import { clearSessionCookie, SESSION_MS, setSessionCookie } from '../access/session-cookie.ts';
import { createSignInLink } from '../access/sign-in-link.ts';
import { toBaseUrl } from '../base-url.ts';
import type { GetDatabase } from '../../store/store.ts';
import { RoleShape, ScopesShape, Time, withProblems } from './shapes.ts';

/** Wrong codes per address and minute before the answer is 429. */
const WRONG_CODES_PER_MINUTE = 20;

/**
 * Signing in: an admin (the command line, the start of the hub) makes a link; the page behind it posts the code; the browser
 * gets a session. A code works once, for 15 minutes; a session 30 days, or until its browser signs out.
 */
export function registerSignInRoutes(
  instance: FastifyInstance,
  ports: { readonly getDb: GetDatabase; readonly clock: Clock; readonly publicUrl: () => string | null },
): void {
  const { getDb, clock, publicUrl } = ports;
  const app = instance.withTypeProvider<ZodTypeProvider>();
  const countWrongCode = app.createRateLimit({ max: WRONG_CODES_PER_MINUTE, timeWindow: 60_000 });

  app.post(
    '/api/v1/sign-in',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Turn a sign-in code into a session cookie.',
        tags: ['access'],
        body: z.object({ code: z.string().min(1).max(200) }),
        response: withProblems({ 200: z.object({ name: z.string(), role: RoleShape, expiresAt: Time }) }),
      },
    },
    async (request, reply) => {
      const db = getDb();
      const createdAt = new Date(clock());
      const role = await redeemSignInCode(db, toSecretHash(request.body.code), createdAt);
      if (role === undefined) throw await toWrongCodeError(request);

      const text = createSecretText();
      const expiresAt = new Date(createdAt.getTime() + SESSION_MS);
      const session = { name: `browser of ${role}`, role, scopes: { repos: [] }, createdAt, expiresAt };
      await insertSession(db, { ...session, hash: toSecretHash(text) });
      setSessionCookie(request, reply, text, publicUrl());
      request.log.info({ role, address: request.ip }, 'Signed in');
      return { name: session.name, role, expiresAt: expiresAt.toISOString() };
    },
  );

  async function toWrongCodeError(request: FastifyRequest): Promise<FettleError> {
    const count = await countWrongCode(request);
    if (count.isAllowed || !count.isExceeded) {
      request.log.warn({ reason: 'code', address: request.ip }, 'Authentication failed');
      const detail =
        'The code is wrong, was used already or is older than 15 minutes. Make a new link with `fettle token sign-in`.';
      return new FettleError('code_invalid', detail);
    }
    const detail = 'Too many wrong codes came from this address.';
    return new FettleError('rate_limited', detail, { retryAfterSeconds: count.ttlInSeconds });
  }

  app.post(
    '/api/v1/sign-out',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'End the session of this browser.',
        tags: ['access'],
        response: withProblems({ 204: z.null() }),
      },
    },
    async (request, reply) => {
      const text = request.cookies[SESSION_COOKIE];
      if (text !== undefined) await deleteSession(getDb(), toSecretHash(text));
      clearSessionCookie(request, reply, publicUrl());
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/api/v1/me',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Who you are to the hub.',
        tags: ['access'],
        response: withProblems({
          200: z.object({
            name: z.string(),
            role: RoleShape,
            scopes: ScopesShape,
            via: z.enum(['token', 'session', 'admin-token']),
          }),
        }),
      },
    },
    async (request) => getPrincipal(request),
  );

  app.post(
    '/api/v1/sign-in-links',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make a link that signs one browser in, once, within 15 minutes.',
        tags: ['access'],
        body: z.object({ role: RoleShape.default('admin') }).nullish(),
        response: withProblems({ 201: z.object({ url: z.string(), expiresAt: Time }) }),
      },
    },
    async (request, reply) => {
      const link = await createSignInLink(getDb(), {
        role: request.body?.role ?? 'admin',
        baseUrl: toBaseUrl(request, publicUrl()),
        clock,
      });
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ url: link.url, expiresAt: link.expiresAt.toISOString() });
    },
  );
}
