import type { FakeRepository, FakeRequest, FakeSubject } from '../contract.ts';
import type { Doer } from '../deeds.ts';
import { getRepository, getSubject } from '../state.ts';
import type { Scene } from './shapes.ts';

/** What the path of a request names, on Gitea and GitHub alike: `/repos/:owner/:name` and a `:number` below. */

/** @throws FakeRefusal 404. */
export function repositoryOf({ state, params }: FakeRequest): FakeRepository {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}

/** @throws FakeRefusal 404. */
export function subjectOf(request: FakeRequest, kind?: FakeSubject['kind']): FakeSubject {
  return getSubject(repositoryOf(request), request.params['number'] ?? '', kind);
}

export function sceneOf(request: FakeRequest): Scene {
  return { state: request.state, repository: repositoryOf(request), baseUrl: request.baseUrl };
}

/** Who asks, as the one who does it. */
export function doerOf(request: FakeRequest): Doer {
  return { state: request.state, repository: repositoryOf(request), by: request.token.account };
}
