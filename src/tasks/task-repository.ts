import type { Repository } from '../core/event.ts';
import type { Task } from './contract.ts';

/** The repository of a task: as its events tell it, else what its name alone says. Null when it is about none. */
export function toTaskRepository({ repo, repository }: Pick<Task, 'repo' | 'repository'>): Repository | null {
  if (repository !== null || repo === null) return repository;
  const slash = repo.lastIndexOf('/');
  return { fullName: repo, owner: repo.slice(0, Math.max(slash, 0)), name: repo.slice(slash + 1) };
}
