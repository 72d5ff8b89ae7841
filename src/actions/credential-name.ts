import { parseReferences } from '../config/references.ts';

const PREFIX = 'secret:';

/**
 * The name of the credential that secret references make up, for the target of a run: only the references themselves, since what is
 * written between them may be a secret. Null without one. `@` is kept out, because names of breakers use it.
 */
export function toCredentialName(written: readonly string[]): string | null {
  const references = written
    .flatMap((text) => parseReferences(text) ?? [])
    .flatMap((piece) => ('literal' in piece ? [] : [piece.text]));
  return references.length === 0 ? null : `${PREFIX}${references.join('').replaceAll('@', '%40')}`;
}

/** The references that a credential is named after, to see whether what they stand for changed; undefined for any other credential. */
export function findSecretReference(credential: string): string | undefined {
  return credential.startsWith(PREFIX) ? credential.slice(PREFIX.length).replaceAll('%40', '@') : undefined;
}
