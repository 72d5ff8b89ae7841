import { FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { openSubject, setAssignees, setState } from '../deeds.ts';
import { doerOf, repositoryOf, subjectOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { ensureLabels } from './labels.ts';

/** Issues and pull requests of GitHub; who cannot be assigned is left out without a word. */
export const issueRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { query } = request;
      const found = repositoryOf(request)
        .subjects.filter(
          ({ state }) => query.get('state') === 'all' || (query.get('state') ?? 'open') === toState(state),
        )
        .filter(({ author }) => (query.get('creator') ?? author.login) === author.login)
        .filter(({ createdAt }) => Date.parse(createdAt) >= Date.parse(query.get('since') ?? '1970-01-01'))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const issues = found.map((subject) => toIssue(subject, request));
      return toLinkedPage(request, issues, { name: 'per_page', default: 30, most: 100 });
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { body, state } = request;
      const repository = repositoryOf(request);
      const title = getText(body, 'title');
      const labels = ensureLabels(state, repository, body['labels'] ?? []);
      const assignees = toAssignable(request);
      const subject = openSubject(doerOf(request), 'issue', { title, body: toText(body['body']), labels, assignees });
      return { status: 201, body: toIssue(subject, request) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number',
    answer: (request) => ({ body: toIssue(subjectOf(request), request) }),
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/:number',
    answer(request) {
      const subject = subjectOf(request);
      const wanted = request.body['state'];
      if (wanted !== 'open' && wanted !== 'closed') throw new FakeRefusal(422, 'Validation Failed');
      if (subject.state === 'merged')
        throw new FakeRefusal(422, 'state cannot be changed. The pull request is merged.');
      setState(doerOf(request), subject, wanted);
      return { body: toIssue(subject, request) };
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/assignees',
    answer(request) {
      const subject = subjectOf(request);
      setAssignees(doerOf(request), subject, [...new Set([...subject.assignees, ...toAssignable(request)])]);
      return { status: 201, body: toIssue(subject, request) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:name/issues/:number/assignees',
    answer(request) {
      const subject = subjectOf(request);
      const kept = subject.assignees.filter((login) => !toAssignable(request).includes(login));
      setAssignees(doerOf(request), subject, kept);
      return { body: toIssue(subject, request) };
    },
  },
];

function toAssignable({ body, state }: FakeRequest): string[] {
  const given = body['assignees'] ?? [];
  if (!Array.isArray(given)) throw new FakeRefusal(422, 'Validation Failed');
  return state.accounts.map(({ login }) => login).filter((login) => given.includes(login));
}

export function toState(state: FakeSubject['state']): 'open' | 'closed' {
  return state === 'open' ? 'open' : 'closed';
}

export function toIssue(subject: FakeSubject, { state, params, baseUrl }: FakeRequest) {
  const kind = subject.kind === 'pull' ? 'pull' : 'issues';
  return {
    id: subject.id,
    number: subject.number,
    html_url: `${baseUrl}/${params['owner']}/${params['name']}/${kind}/${subject.number}`,
    user: toUser(subject.author),
    title: subject.title,
    body: subject.body === '' ? null : subject.body,
    labels: subject.labels.map((name) => ({ name })),
    assignees: state.accounts.filter(({ login }) => subject.assignees.includes(login)).map(toUser),
    state: toState(subject.state),
    comments: subject.comments.length,
    created_at: subject.createdAt,
    updated_at: subject.updatedAt,
    ...(subject.pull === null ? {} : { pull_request: { merged_at: subject.pull.merge?.at ?? null } }),
  };
}
