import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { createId } from '../../core/id.ts';
import { insertToken, listTokens, revokeToken, type Token } from '../../store/tokens.ts';
import { getPrincipal } from '../access/route-access.ts';
import { createTokenText, toSecretHash } from '../access/secret-text.ts';
import type { GetDatabase } from '../../store/store.ts';
import { RoleShape, ScopesShape, Time, withProblems } from './shapes.ts';

const TokenShape = z.object({
  id: z.uuid(),
  name: z.string(),
  role: RoleShape,
  scopes: ScopesShape,
  createdAt: Time,
  createdBy: z.string().nullable(),
  lastUsedAt: Time.nullable().describe('To the minute.'),
  expiresAt: Time.nullable(),
  revokedAt: Time.nullable(),
});

interface TokenPorts {
  readonly getDb: GetDatabase;
  readonly clock: Clock;
  /** Ends what the token holds open. */
  readonly onTokenRevoked: (tokenId: string) => void;
}

/** Bearer tokens, for admins. The text of a token is in the answer that makes it and nowhere else. */
export function registerTokenRoutes(instance: FastifyInstance, { getDb, clock, onTokenRevoked }: TokenPorts): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/tokens',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'All tokens, newest first, revoked and expired ones too.',
        tags: ['access'],
        response: withProblems({ 200: z.object({ tokens: z.array(TokenShape) }) }),
      },
    },
    async () => ({ tokens: (await listTokens(getDb())).map(toShape) }),
  );

  app.post(
    '/api/v1/tokens',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make a token. Its text is shown this once.',
        tags: ['access'],
        body: z.object({
          name: z.string().trim().min(1).max(100),
          role: RoleShape,
          scopes: ScopesShape.default({ repos: [] }),
          expiresAt: z.iso.datetime({ offset: true }).nullish().describe('When it stops working; never, if absent.'),
        }),
        response: withProblems({ 201: z.object({ token: TokenShape, text: z.string() }) }),
      },
    },
    async (request, reply) => {
      const { name, role, scopes, expiresAt } = request.body;
      const createdAt = new Date(clock());
      const expires = expiresAt === undefined || expiresAt === null ? null : new Date(expiresAt);
      if (expires !== null && expires <= createdAt) {
        throw new FettleError('invalid_request', 'body/expiresAt: this time is already over.');
      }
      const text = createTokenText();
      const token = await insertToken(getDb(), {
        id: createId(),
        name,
        role,
        scopes,
        hash: toSecretHash(text),
        createdAt,
        createdBy: getPrincipal(request).name,
        expiresAt: expires,
      });
      request.log.info({ tokenId: token.id, name, role }, 'Token created');
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ token: toShape(token), text });
    },
  );

  app.delete(
    '/api/v1/tokens/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Revoke a token, at once and for good.',
        tags: ['access'],
        params: z.object({ id: z.uuid() }),
        response: withProblems({ 200: TokenShape }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const token = await revokeToken(getDb(), id, new Date(clock()));
      if (token === undefined)
        throw new FettleError('not_found', 'There is no token of this id. `fettle token list` shows all.');
      onTokenRevoked(id);
      request.log.info({ tokenId: id, name: token.name }, 'Token revoked');
      return toShape(token);
    },
  );
}

function toShape(token: Token): z.infer<typeof TokenShape> {
  return {
    ...token,
    createdAt: token.createdAt.toISOString(),
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    expiresAt: token.expiresAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
  };
}
