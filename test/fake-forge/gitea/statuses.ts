import { FakeRefusal, type FakeRequest, type FakeRoute, type FakeStatus } from '../contract.ts';
import { addStatus } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { doerOf, repositoryOf, sceneOf } from './place.ts';
import { toCombinedStatus, toStatus } from './shapes.ts';

const SIZE = { name: 'limit', default: 30, most: 50 } as const;

/** Commit statuses of Gitea: each is kept, the combined ones have the latest of each context. */
export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/statuses/:sha',
    answer(request) {
      const found = statusesOf(request, request.params['sha'] ?? '');
      if (request.query.get('sort') === 'highestindex') found.reverse();
      return toLinkedPage(request, found.map(toStatus), SIZE);
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/statuses/:sha',
    answer(request) {
      const { params, body } = request;
      const word = getText(body, 'state');
      if (!['pending', 'success', 'error', 'failure', 'warning'].includes(word))
        throw new FakeRefusal(422, 'bad state');
      const status = addStatus(doerOf(request), {
        sha: params['sha'] ?? '',
        context: toText(body['context'], 'default'),
        state: word,
        description: toText(body['description']),
        url: toText(body['target_url']),
      });
      return { status: 201, body: toStatus(status) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/commits/:sha/status',
    answer(request) {
      const sha = request.params['sha'] ?? '';
      if (!repositoryOf(request).commits.has(sha)) throw new FakeRefusal(404, 'object does not exist');
      const latest = new Map(statusesOf(request, sha).map((status) => [status.context, status]));
      const { body } = toLinkedPage(request, [...latest.values()], SIZE);
      return { body: toCombinedStatus(sha, body as FakeStatus[], sceneOf(request)) };
    },
  },
];

function statusesOf(request: FakeRequest, wanted: string): FakeStatus[] {
  return repositoryOf(request).statuses.filter(({ sha }) => sha === wanted);
}
