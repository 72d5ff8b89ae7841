import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeStatus } from './contract.ts';
import { toText } from './state.ts';

/** Builds as both Bitbuckets keep them: one of a key replaces the one before. */

/** @throws FakeRefusal 404 for an unknown commit, 400 for a build that lacks something. */
export function setBuild({ params, body, state }: FakeRequest, repository: FakeRepository, states: readonly string[]) {
  const sha = params['sha'] ?? '';
  if (!repository.commits.has(sha)) throw new FakeRefusal(404, 'Commit not found');
  const { key, state: word, url, description } = body;
  for (const [name, value] of Object.entries({ key, state: word, url })) {
    if (typeof value !== 'string' || value === '') throw new FakeRefusal(400, `${name}: required key not provided`);
  }
  if (!states.includes(toText(word)) || toText(key).length > 40) throw new FakeRefusal(400, 'Bad request');
  const before = repository.statuses.findIndex((status) => status.sha === sha && status.context === key);
  if (before !== -1) repository.statuses.splice(before, 1);
  const status: FakeStatus = {
    id: state.nextId(),
    sha,
    context: toText(key),
    state: toText(word),
    description: toText(description),
    url: toText(url),
    createdAt: state.nextTime(),
  };
  repository.statuses.push(status);
  return toBuild(status);
}

/** @throws FakeRefusal 404. */
export function getBuild(repository: FakeRepository, sha: string, key: string) {
  const found = repository.statuses.find((status) => status.sha === sha && status.context === key);
  if (found === undefined) throw new FakeRefusal(404, 'Not found');
  return toBuild(found);
}

/** The latest of each key. @throws FakeRefusal 404 for an unknown commit. */
export function listBuilds({ statuses, commits }: FakeRepository, sha: string) {
  if (!commits.has(sha)) throw new FakeRefusal(404, 'Commit not found');
  const found = statuses.filter((status) => status.sha === sha);
  return [...new Map(found.map((status) => [status.context, status])).values()].map(toBuild);
}

function toBuild({ context, state, url, description }: FakeStatus) {
  return { key: context, state, url, description, name: context };
}
