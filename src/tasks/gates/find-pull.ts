import { cleanText } from '../../core/clean-text.ts';
import type { Repository } from '../../core/event.ts';
import type { PullApi } from '../../forges/work-contract.ts';
import type { Task, TaskResult } from '../contract.ts';
import type { FoundPull } from './contract.ts';
import { findPullNumber } from './pull-reference.ts';

/** A completion, and where its pull request is to be. */
export interface PullSearch {
  readonly task: Task;
  readonly result: TaskResult;
  readonly repo: Repository;
  /** Pages of the repository, see `listRepositoryPages`. */
  readonly pages: readonly string[];
}

/**
 * The pull request of a completion: the one that the agent names, else the task's own subject. It is not searched for by branch or text: anybody
 * can open one that looks right from a fork of their own, and what its checks and reviews say would then count for the agent's work.
 */
export async function findPull(pulls: PullApi, { task, result, repo, pages }: PullSearch): Promise<FoundPull> {
  const { fullName } = repo;
  if (result.pull !== undefined) {
    const number = findPullNumber(result.pull, fullName, pages);
    if (number !== undefined) return await getPull(pulls, repo, number);
    const named = cleanText(result.pull, 200);
    return { missing: `\`${named}\` is no pull request of ${fullName}. Complete again with its number.` };
  }
  if (task.subject === 'pull' && task.number !== null) return await getPull(pulls, repo, task.number);
  const branch = result.branch === undefined ? 'your branch' : `the branch \`${cleanText(result.branch, 200)}\``;
  return {
    missing: `The result names no pull request. Open one from ${branch}, and complete again with its number as \`pull\`.`,
  };
}

async function getPull(pulls: PullApi, repo: Repository, number: number): Promise<FoundPull> {
  const pull = await pulls.find(repo, number);
  if (pull !== undefined) return { pull };
  const missing = `There is no pull request ${number} in ${repo.fullName}, or Fettle may not see it. Complete again with the number of one.`;
  return { missing };
}
