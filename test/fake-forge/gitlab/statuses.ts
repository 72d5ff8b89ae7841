import { FakeRefusal, type FakeRoute, type FakeStatus } from '../contract.ts';
import { addStatus } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { doerOf, getProject } from './place.ts';

/** Commit statuses of GitLab: the latest of each name is shown; one that is under way does not become pending again. */
export const statusRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects/:project/repository/commits/:sha/statuses',
    answer(request) {
      const { query, params } = request;
      const project = getProject(request);
      if (!project.commits.has(params['sha'] ?? '')) throw new FakeRefusal(404, 'Commit Not Found');
      const latest = new Map(
        project.statuses
          .filter(({ sha, context }) => sha === params['sha'] && (query.get('name') ?? context) === context)
          .map((status) => [status.context, status]),
      );
      const size = { name: 'per_page', default: 20, most: 100 } as const;
      return toLinkedPage(request, [...latest.values()].map(toStatus), size);
    },
  },
  {
    method: 'POST',
    path: '/projects/:project/statuses/:sha',
    answer(request) {
      const { params, body } = request;
      const project = getProject(request);
      const sha = params['sha'] ?? '';
      if (!project.commits.has(sha)) throw new FakeRefusal(404, 'Commit Not Found');
      const word = getText(body, 'state');
      const isKnown = ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'].includes(word);
      if (!isKnown) throw new FakeRefusal(400, 'state does not have a valid value');
      const context = toText(body['name'] ?? body['context'], 'default');
      const before = project.statuses.findLast((status) => status.sha === sha && status.context === context);
      if (word === 'pending' && (before?.state === 'pending' || before?.state === 'running')) {
        const message = `Cannot transition status via :enqueue from :${before.state} (Reason(s): Status cannot transition via "enqueue")`;
        return { status: 400, body: { message } };
      }
      const url = toText(body['target_url']);
      const description = toText(body['description']);
      const status = addStatus(doerOf(request), { sha, context, state: word, description, url });
      return { status: 201, body: toStatus(status) };
    },
  },
];

function toStatus({ id, sha, context, state, description, url, createdAt, allowFailure = false }: FakeStatus) {
  const common = { id, sha, name: context, status: state, description, target_url: url, created_at: createdAt };
  return { ...common, allow_failure: allowFailure };
}
