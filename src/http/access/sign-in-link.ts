import type { Kysely } from 'kysely';
import type { Role } from '../../core/access.ts';
import type { Clock } from '../../core/clock.ts';
import type { Database } from '../../store/schema.ts';
import { insertSignInCode } from '../../store/sessions.ts';
import { createSecretText, toSecretHash } from './secret-text.ts';

/** How long a sign-in link can be used. */
const SIGN_IN_CODE_MS = 15 * 60_000;

export interface SignInLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/**
 * Makes a link that signs one browser in, once, within 15 minutes. The code is in the fragment, which browsers send to nobody:
 * the page takes it from there and posts it. Never log the link.
 */
export async function createSignInLink(
  db: Kysely<Database>,
  options: { readonly role: Role; readonly baseUrl: string; readonly clock: Clock },
): Promise<SignInLink> {
  const code = createSecretText();
  const createdAt = new Date(options.clock());
  const expiresAt = new Date(createdAt.getTime() + SIGN_IN_CODE_MS);
  await insertSignInCode(db, { hash: toSecretHash(code), role: options.role, createdAt, expiresAt });
  return { url: `${options.baseUrl.replace(/\/+$/, '')}/sign-in#${code}`, expiresAt };
}
