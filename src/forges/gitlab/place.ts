import type { Repository } from '../../core/event.ts';
import type { SubjectRef } from '../write-contract.ts';

/** The project of a repository: by id where it is known, which outlives a rename, else by its whole path. */
export function toProject(repo: Repository): readonly string[] {
  return ['projects', repo.id ?? repo.fullName];
}

/** Issues and merge requests have their own numbers, each with `iid`, and their own addresses. */
export function toSubject({ repo, subject, number }: SubjectRef): readonly string[] {
  return [...toProject(repo), subject === 'pull' ? 'merge_requests' : 'issues', String(number)];
}
