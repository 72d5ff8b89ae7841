import { z } from 'zod';

/** A token as the API shows it. */
export const TokenShape = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  scopes: z.object({ repos: z.array(z.string()) }),
  createdAt: z.string(),
  createdBy: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});

/** What can be done with a token at a moment. */
export function toTokenState(token: z.infer<typeof TokenShape>, nowMs: number): 'active' | 'revoked' | 'expired' {
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && Date.parse(token.expiresAt) <= nowMs ? 'expired' : 'active';
}
