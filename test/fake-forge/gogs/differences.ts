import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { commentRoutes } from '../gitea/comments.ts';
import { issueRoutes, toIssue, toState } from '../gitea/issues.ts';
import { labelRoutes, toLabel } from '../gitea/labels.ts';
import { sceneOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository } from '../state.ts';

/**
 * What of Gitea's routes Gogs has, and where it differs: it lists one state of issues at a time in pages of ten, takes one assignee, has no labels
 * of organisations and no pages of labels, and answers a change of labels with those from before it.
 */
const OWN: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/labels',
    answer: ({ params, state }) => ({
      body: getRepository(state, params['owner'] ?? '', params['name'] ?? '').labels.map(toLabel),
    }),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { state, params, query } = request;
      const wanted = query.get('state') === 'closed' ? 'closed' : 'open';
      const scene = sceneOf(request);
      const found = getRepository(state, params['owner'] ?? '', params['name'] ?? '')
        .subjects.filter((subject) => subject.kind === 'issue' && toState(subject.state) === wanted)
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const size = { name: 'limit', default: 10, most: 10 } as const;
      return toLinkedPage(
        request,
        found.map((subject) => toGogsIssue(toIssue(subject, scene))),
        size,
      );
    },
  },
  ...issueRoutes
    .filter(({ path, method }) => path.endsWith('/:number') || method === 'POST')
    .map((route): FakeRoute => ({
      ...route,
      answer(request) {
        const { assignee, assignees, ...body } = request.body;
        if (assignees !== undefined) throw new FakeRefusal(422, 'assignees: unknown field');
        const one = assignee === undefined ? {} : { assignees: assignee === '' ? [] : [assignee] };
        const answer = route.answer({ ...request, body: { ...body, ...one } });
        return { ...answer, body: toGogsIssue(answer.body as ReturnType<typeof toIssue>) };
      },
    })),
  ...labelRoutes
    .filter(({ path }) => path.includes('/issues/'))
    .map((route): FakeRoute => ({
      ...route,
      answer(request) {
        const personal = { ...request, state: { ...request.state, organisationLabels: new Map() } };
        const before = route.method === 'GET' ? undefined : labelRoutes.find(isList)?.answer(personal);
        const answer = route.answer(personal);
        return answer.status === 204 || before === undefined ? answer : before;
      },
    })),
  ...labelRoutes.filter(({ path, method }) => path === '/repos/:owner/:name/labels' && method === 'POST'),
  ...commentRoutes,
];

export const gogsRoutes: readonly FakeRoute[] = OWN;

function isList({ path, method }: FakeRoute): boolean {
  return path.endsWith('/:number/labels') && method === 'GET';
}

function toGogsIssue({ assignees: _assignees, ...issue }: ReturnType<typeof toIssue>) {
  return issue;
}
