import { sql } from 'kysely';

const MARK = '/* prepared */';

/**
 * Begins a statement that is carried out again and again: each connection has it planned once. Planning a large statement takes longer than
 * carrying it out, several times so in the embedded database. Only for statements whose text is always the same.
 */
export const PREPARED = sql.raw(MARK);

/**
 * Something between us and the database mixes up connections (26000, 42P05), as older poolers do, or a migration changed what a
 * statement gives (0A000).
 */
const REFUSALS: ReadonlySet<unknown> = new Set(['26000', '42P05', '0A000']);

/** Names for statements that ask to be prepared. */
export interface StatementNames {
  /** Undefined for a statement that is not to be prepared. */
  find(text: string): string | undefined;
  /** Looks at an error of a prepared statement; after a refusal nothing is prepared any more. */
  noteError(error: unknown): void;
}

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  let isRefused = false;
  return {
    find(text) {
      if (isRefused || !text.startsWith(MARK)) return undefined;
      const known = names.get(text) ?? `fettle_${names.size + 1}`;
      names.set(text, known);
      return known;
    },
    noteError(error) {
      isRefused ||= error instanceof Error && 'code' in error && REFUSALS.has(error.code);
    },
  };
}
