import type { OwnAccount } from './api-contract.ts';

/** Whom the token belongs to, asked once. A failure is not kept. */
export function rememberAccount(ask: () => Promise<OwnAccount>): () => Promise<OwnAccount> {
  let asked: Promise<OwnAccount> | undefined;
  return async () => {
    asked ??= ask();
    try {
      return await asked;
    } catch (error) {
      asked = undefined;
      throw error;
    }
  };
}

/** Something written on a forge, as it is searched for what is our own. */
export interface Written<T> {
  readonly what: T;
  readonly body: string;
  /** The forge's id of the author, as `OwnAccount.id`. */
  readonly authorId: string | undefined;
}

/**
 * The first of some texts that holds `text` and is by the token's own account. Anybody may copy a mark into a text of theirs, so a
 * mark alone proves nothing. Whose the token is, is only asked when it matters.
 */
export async function findOwnText<T>(
  texts: AsyncIterable<Written<T> | undefined>,
  text: string,
  account: () => Promise<OwnAccount>,
): Promise<T | undefined> {
  for await (const written of texts) {
    if (written === undefined || !written.body.includes(text)) continue;
    if (written.authorId === (await account()).id) return written.what;
  }
  return undefined;
}
