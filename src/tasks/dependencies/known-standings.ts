import type { Kysely } from 'kysely';
import type { Database } from '../../store/schema.ts';
import { readSubjectEvents } from '../../store/task-cursor.ts';
import { isReopening, SUBJECT_TYPES, toEnd } from '../follow/to-commands.ts';
import { toEvent } from '../follow/follow-batch.ts';
import { isNumbered } from './separate-numbers.ts';
import { type Named, type Standing, type Standings, toNamedText } from './references.ts';

/** How others stand by the events that are kept, for forges that cannot be asked. One that no event told of is missing. */
export async function findKnownStandings(
  db: Kysely<Database>,
  forge: string,
  named: readonly Named[],
  { own, through }: { readonly own: string; readonly through: number },
): Promise<Standings> {
  if (named.length === 0) return new Map();
  const events = await readSubjectEvents(
    db,
    { forge, repos: [...new Set(named.map(({ repo }) => repo))], numbers: named.map(({ number }) => number) },
    [...SUBJECT_TYPES, 'issue.opened', 'pull.opened'],
    { after: 0, through },
  );
  const found = new Map<string, Standing>();
  for (const event of events.map(toEvent)) {
    const { kind, repo, subject, number, title } = event;
    if (repo === undefined || number === undefined || !isNumbered(kind, subject)) continue;
    const key = toNamedText({ repo: repo.fullName, number });
    const before = found.get(key);
    const end = toEnd(event);
    const ended = end === undefined ? before?.state : end === 'deleted' ? 'unknown' : 'closed';
    found.set(key, {
      state: isReopening(event) ? 'open' : (ended ?? 'open'),
      title: repo.fullName === own ? (title ?? before?.title ?? null) : null,
    });
  }
  return found;
}
