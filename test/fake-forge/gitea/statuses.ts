import { FakeRefusal, type FakeRoute, type FakeStatus } from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository, getText, toText } from '../state.ts';

/** Commit statuses of Gitea: each is kept. */
export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/statuses/:sha',
    answer(request) {
      const { params, state, query } = request;
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const found = repository.statuses.filter(({ sha }) => sha === params['sha']);
      if (query.get('sort') === 'highestindex') found.reverse();
      return toLinkedPage(request, found.map(toStatus), { name: 'limit', default: 30, most: 50 });
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/statuses/:sha',
    answer({ params, state, body }) {
      const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
      const sha = params['sha'] ?? '';
      if (!repository.commits.has(sha)) throw new FakeRefusal(404, `sha not found: ${sha}`);
      const word = getText(body, 'state');
      if (!['pending', 'success', 'error', 'failure', 'warning'].includes(word))
        throw new FakeRefusal(422, 'bad state');
      const status: FakeStatus = {
        id: state.nextId(),
        sha,
        context: toText(body['context'], 'default'),
        state: word,
        description: toText(body['description']),
        url: toText(body['target_url']),
        createdAt: state.nextTime(),
      };
      repository.statuses.push(status);
      return { status: 201, body: toStatus(status) };
    },
  },
];

function toStatus({ id, context, state, description, url, createdAt }: FakeStatus) {
  return { id, status: state, context, description, target_url: url, created_at: createdAt };
}
