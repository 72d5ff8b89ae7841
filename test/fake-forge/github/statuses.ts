import { FakeRefusal, type FakeRoute, type FakeStatus } from '../contract.ts';
import { addStatus } from '../deeds.ts';
import { doerOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository, getText, toText } from '../state.ts';

/** Commit statuses of GitHub: each is kept, the combined one has the latest of each context. */
export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/commits/:sha/status',
    answer(request) {
      const { params, state } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      if (!repository.commits.has(params['sha'] ?? '')) throw new FakeRefusal(422, 'No commit found for SHA');
      const latest = new Map(
        repository.statuses.filter(({ sha }) => sha === params['sha']).map((status) => [status.context, status]),
      );
      const size = { name: 'per_page', default: 30, most: 100 } as const;
      const page = toLinkedPage(request, [...latest.values()].map(toStatus), size);
      return { ...page, body: { state: 'pending', total_count: latest.size, statuses: page.body } };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/statuses/:sha',
    answer(request) {
      const { params, state, body } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const sha = params['sha'] ?? '';
      const word = getText(body, 'state');
      const description = toText(body['description']);
      const isFine = ['pending', 'success', 'error', 'failure'].includes(word) && description.length <= 140;
      if (!isFine || !repository.commits.has(sha)) throw new FakeRefusal(422, 'Validation Failed');
      const url = toText(body['target_url']);
      const context = toText(body['context'], 'default');
      const status = addStatus(doerOf(request), { sha, context, state: word, description, url });
      return { status: 201, body: toStatus(status) };
    },
  },
];

function toStatus({ id, context, state, description, url, createdAt }: FakeStatus) {
  return { id, state, context, description: description || null, target_url: url || null, created_at: createdAt };
}
