import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeSubject } from '../contract.ts';
import type { Doer } from '../deeds.ts';
import { getSubject } from '../state.ts';

/** The project by id or by whole path. @throws FakeRefusal 404. */
export function getProject({ state, params }: FakeRequest): FakeRepository {
  const found = state.repositories.find(
    ({ id, owner, name }) => String(id) === params['project'] || `${owner}/${name}` === params['project'],
  );
  if (found === undefined) throw new FakeRefusal(404, 'Project Not Found');
  return found;
}

/** The issue or merge request. @throws FakeRefusal 404. */
export function getPlace(request: FakeRequest): FakeSubject {
  const kind = request.path.includes('/merge_requests') ? 'pull' : 'issue';
  return getSubject(getProject(request), request.params['iid'] ?? '', kind);
}

/** Who asks, as the one who does it. */
export function doerOf(request: FakeRequest): Doer {
  return { state: request.state, repository: getProject(request), by: request.token.account };
}

/** The same routes for issues and for merge requests. */
export const PLACES = ['/projects/:project/issues', '/projects/:project/merge_requests'] as const;
