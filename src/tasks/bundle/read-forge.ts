import { mapInParallel } from '../../core/in-parallel.ts';
import { toStickyKey } from '../../core/marker.ts';
import type { Repository } from '../../core/event.ts';
import type { ForgeApi } from '../../forges/api-contract.ts';
import type { SubjectRef } from '../../forges/write-contract.ts';
import { type ForgePull, MAX_COMMENTS, type WrittenComment } from '../../forges/work-contract.ts';
import { listOwnLogins } from '../own-logins.ts';
import type { Task } from '../contract.ts';
import type { ContextBundle } from '../shapes.ts';
import { STICKY_KEY } from '../sticky-key.ts';
import { namesSubject } from '../subject-mention.ts';
import type { PermissionMemory } from './permission-memory.ts';
import type { ProblemList } from './problem-list.ts';

/** What of a bundle is asked of the forge at the moment of the claim. */

export type BundleComment = ContextBundle['comments'][number];
export type BundlePull = ContextBundle['pulls'][number];

/** A question is quick, and there may be a hundred authors. */
const AUTHORS_AT_ONCE = 5;

export interface ForgeReading {
  readonly task: Task;
  readonly repo: Repository;
  readonly api: ForgeApi;
  readonly problems: ProblemList;
}

/** The last comments, oldest first, each with what its author may do; the comment that Fettle keeps for the task is left out. */
export async function readComments(
  { task, repo, api, problems }: ForgeReading,
  {
    limit,
    accounts,
    permissions,
  }: { readonly limit: number; readonly accounts: readonly string[]; readonly permissions: PermissionMemory },
): Promise<readonly BundleComment[]> {
  const { subjects } = api;
  const { subject, number, forge } = task;
  if (limit === 0 || subject === null || number === null) return [];
  if (subjects === undefined) {
    problems.note(`Fettle cannot read comments on the forge \`${forge}\`.`);
    return [];
  }
  const ref: SubjectRef = { repo, subject, number };
  // One more for the comment that is left out.
  const most = Math.min(limit + 1, MAX_COMMENTS);
  const written = (await problems.attempt('The comments', () => subjects.listComments(ref, most))) ?? [];
  // Whose the token is matters only where something looks like the comment of Fettle.
  const own = written.some(looksLikeReport)
    ? await problems.attempt('The account of Fettle', () => listOwnLogins(api, accounts))
    : undefined;
  const comments = written
    .filter((comment) => !looksLikeReport(comment) || own?.has(comment.author.toLowerCase()) !== true)
    .slice(-limit);
  const authors = [...new Map(comments.map((comment) => [comment.author, comment])).values()];
  const found = await mapInParallel(authors, AUTHORS_AT_ONCE, async ({ author, authorId }) => {
    const actor = { login: author, bot: false, ...(authorId === undefined ? {} : { id: authorId }) };
    const permission = await problems.attempt('What some authors may do here', () =>
      permissions.find(forge, api, repo, actor),
    );
    return [author, permission ?? 'unknown'] as const;
  });
  const permissionOf = new Map(found);
  return comments.map(({ author, createdAt, url, body }) => ({
    author,
    permission: permissionOf.get(author) ?? 'unknown',
    at: createdAt,
    url: url ?? null,
    body,
  }));
}

function looksLikeReport({ body }: WrittenComment): boolean {
  return body.includes(toStickyKey(STICKY_KEY));
}

/** Open pull requests that name the subject, or are on a branch for it. */
export async function readPulls(
  { task, repo, api, problems }: ForgeReading,
  branch: string,
): Promise<readonly BundlePull[]> {
  const { pulls } = api;
  if (pulls === undefined) {
    problems.note(`Fettle cannot read pull requests on the forge \`${task.forge}\`.`);
    return [];
  }
  const open = (await problems.attempt('The open pull requests', () => pulls.listOpen(repo))) ?? [];
  const isAbout = ({ number, headBranch, title, body }: ForgePull) =>
    (task.subject === 'pull' && number === task.number) ||
    headBranch === branch ||
    namesSubject(`${title}\n${body}`, task);
  return open.filter(isAbout).map(({ number, title, isDraft, url, headBranch }) => ({
    number,
    title,
    state: isDraft ? 'draft' : 'open',
    url: url ?? null,
    branch: headBranch,
  }));
}
