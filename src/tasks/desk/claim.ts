import type { Transaction } from 'kysely';
import type { AgentProfile } from '../../config/config.ts';
import { createRepoMatcher } from '../../core/event-filter.ts';
import { createGlobMatcher } from '../../core/glob.ts';
import { DIFFICULTIES } from '../../core/vocabulary.ts';
import type { Database } from '../../store/schema.ts';
import { claimTask, listReadyNames, type TaskClaim } from '../../store/task-claims.ts';
import { insertEntries } from '../../store/task-entries.ts';
import type { ListedTask } from '../../store/task-list.ts';
import type { Caller } from '../desk-contract.ts';
import { createLeaseToken, toLeaseHash } from '../lease-token.ts';
import { toClaimed } from '../machine/decide.ts';
import { announceMoves, type Move, type TaskPorts, toHeldTime } from '../move.ts';
import type { ClaimRequest } from '../shapes.ts';
import { toCapability } from './agents.ts';

/** What a claim gave. */
export interface Taken extends ListedTask {
  readonly token: string;
  readonly move: Move;
}

/** One try to claim, within a transaction; what follows from it is written last. */
export type ClaimTry = (trx: Transaction<Database>) => Promise<Taken | undefined>;

/** Makes a try ready: what globs stand for is looked up before the transaction. */
export async function prepareClaim(
  ports: TaskPorts,
  request: ClaimRequest,
  profile: AgentProfile | null,
  { principal }: Caller,
): Promise<ClaimTry> {
  const names = await findNames(ports, request, profile, principal.scopes.repos);
  const token = createLeaseToken();
  const claim: TaskClaim = {
    agent: request.agent,
    principal: principal.name,
    leaseHash: toLeaseHash(token),
    nowAt: toHeldTime(ports),
    contextLimit: profile?.contextLimit ?? null,
    ...toCapabilities(request, profile),
    labels: request.labels?.map((label) => label.toLowerCase()) ?? null,
    ...names,
    task: request.task ?? null,
    concurrency: profile?.concurrency ?? null,
    budgetPerDay: profile?.budgetPerDay ?? null,
    cost: profile?.cost ?? 0,
  };
  return async (trx) => {
    const taken = await claimTask(trx, claim);
    if (taken === undefined) return undefined;
    const { task, ordinal } = taken;
    const nowAt = task.claimedAt ?? task.updatedAt;
    const decision = toClaimed(task, nowAt);
    const move: Move = { ...decision, before: { ...task, state: 'queued', revision: task.revision - 1 }, nowAt };
    await insertEntries(trx, task, decision.entries, nowAt);
    await announceMoves(trx, ports, [move]);
    return { task, ordinal, token, move };
  };
}

/** What the agent says narrows its profile: difficulties when it names any, skills when it names any. */
function toCapabilities(
  request: ClaimRequest,
  profile: AgentProfile | null,
): Pick<TaskClaim, 'difficulties' | 'skills'> {
  const own = profile?.capabilities.map(toCapability);
  const said = request.capabilities?.map(toCapability) ?? [];
  const narrow = (isMeant: (word: string) => boolean): readonly string[] | null => {
    const allowed = own?.filter(isMeant);
    const wanted = said.filter(isMeant);
    if (wanted.length === 0) return allowed ?? null;
    return allowed === undefined ? wanted : wanted.filter((word) => allowed.includes(word));
  };
  return { difficulties: narrow(isDifficulty), skills: narrow((word) => !isDifficulty(word)) };
}

function isDifficulty(word: string): boolean {
  return (DIFFICULTIES as readonly string[]).includes(word);
}

/** Repositories and labels that globs stand for, among those of the tasks that can be claimed. */
async function findNames(
  { db }: TaskPorts,
  request: ClaimRequest,
  profile: AgentProfile | null,
  scopes: readonly string[],
): Promise<Pick<TaskClaim, 'repos' | 'alsoLabels' | 'notLabels'>> {
  const repoGlobs = [request.repos ?? [], profile?.repos ?? [], scopes].filter((globs) => globs.length > 0);
  const labelGlobs = profile?.labels ?? [];
  const wanted = labelGlobs.filter((glob) => !glob.startsWith('!'));
  const unwanted = labelGlobs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const asks = { repos: repoGlobs.length > 0, labels: labelGlobs.length > 0 };
  if (!asks.repos && !asks.labels) return { repos: null, alsoLabels: null, notLabels: null };
  const ready = await listReadyNames(db(), asks);
  const matchers = repoGlobs.map(createRepoMatcher);
  return {
    repos: asks.repos ? ready.repos.filter((repo) => matchers.every((matches) => matches(repo))) : null,
    alsoLabels: toMatching(ready.labels, wanted),
    notLabels: toMatching(ready.labels, unwanted),
  };
}

function toMatching(labels: readonly string[], globs: readonly string[]): readonly string[] | null {
  if (globs.length === 0) return null;
  return labels.filter(createGlobMatcher(globs)).map((label) => label.toLowerCase());
}
