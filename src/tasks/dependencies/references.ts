import { mapInParallel } from '../../core/in-parallel.ts';
import type { Repository } from '../../core/event.ts';
import type { SubjectApi } from '../../forges/work-contract.ts';
import { type DeclaredEdge, MORE_THAN_READ } from '../../store/task-dependencies.ts';
import type { Reference, Understanding } from '../contract.ts';

/** What the text of an issue refers to, as edges between issues, and what the forge says of each. */

/** An issue or pull request that a text names. */
export interface Named {
  readonly repo: string;
  readonly number: number;
}

/** What is known of one. */
export interface Standing {
  readonly state: 'open' | 'closed' | 'unknown';
  readonly title: string | null;
}

export type Standings = ReadonlyMap<string, Standing>;

export const UNKNOWN: Standing = { state: 'unknown', title: null };

export function toNamedText({ repo, number }: Named): string {
  return `${repo}#${number}`;
}

/** Requests to the forge at a time. */
const AT_A_TIME = 4;

/** Asks the forge how others stand. One that does not exist or may not be seen is missing. */
export async function askStandings(subjects: SubjectApi, named: readonly Named[], own: Repository): Promise<Standings> {
  const found = new Map<string, Standing>();
  await mapInParallel(named, AT_A_TIME, async (one) => {
    const repo = one.repo === own.fullName ? own : toRepository(one.repo);
    const subject = await subjects.find({ repo, subject: 'issue', number: one.number });
    if (subject === undefined) return;
    // What is called how in another repository is nobody's business here.
    const title = one.repo === own.fullName ? subject.title : null;
    found.set(toNamedText(one), { state: subject.state === 'open' ? 'open' : 'closed', title });
  });
  return found;
}

function toRepository(fullName: string): Repository {
  const slash = fullName.lastIndexOf('/');
  return { fullName, owner: fullName.slice(0, Math.max(slash, 0)), name: fullName.slice(slash + 1) };
}

/** All that an understanding names, each once. */
export function listNamed({ blockedBy, blocks }: Understanding, own: Named): Named[] {
  const named = [...blockedBy, ...blocks].map(({ value }) => toNamed(value, own));
  return [...new Map(named.map((one) => [toNamedText(one), one])).values()];
}

/** The edges that a text declares. Whom it blocks in other repositories is not for it to say: see `listForeign`. */
export function toEdges(understanding: Understanding, own: Named, standings: Standings): DeclaredEdge[] {
  const { blockedBy, blocks, unlisted = 0 } = understanding;
  const waits = blockedBy.map(({ value }): DeclaredEdge => toEdge(own, toNamed(value, own), standings));
  const holds = blocks
    .map(({ value }) => toNamed(value, own))
    .filter(({ repo }) => repo === own.repo)
    .map((one) => toEdge(one, own, standings));
  const rest: DeclaredEdge[] =
    unlisted === 0 ? [] : [{ ...own, onRepo: own.repo, onNumber: MORE_THAN_READ, ...UNKNOWN }];
  return [...new Map([...waits, ...holds, ...rest].map((edge) => [JSON.stringify(edge), edge])).values()];
}

/** In words, whom a text says it blocks without having a say there. */
export function listForeign({ blocks }: Understanding, own: Named): string[] {
  return blocks
    .map(({ value }) => toNamed(value, own))
    .filter(({ repo }) => repo !== own.repo)
    .map((one) => `Blocks ${toNamedText(one)}: only a text of that repository can say that, so it is not heeded.`);
}

function toEdge(from: Named, on: Named, standings: Standings): DeclaredEdge {
  const standing = standings.get(toNamedText(on)) ?? UNKNOWN;
  return { repo: from.repo, number: from.number, onRepo: on.repo, onNumber: on.number, ...standing };
}

/** Forges ignore case in names of repositories. */
export function toNamed({ repo, number }: Reference, own: Named): Named {
  return { repo: repo === null || repo.toLowerCase() === own.repo.toLowerCase() ? own.repo : repo, number };
}
