import { FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { addSubject, getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { getPlace, getProject, PLACES } from './place.ts';

/** Issues and merge requests of GitLab, their labels within. */
export const issueRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects/:project/issues',
    answer(request) {
      const { query, token } = request;
      const after = Date.parse(query.get('created_after') ?? '1970-01-01');
      const found = getProject(request)
        .subjects.filter(({ kind }) => kind === 'issue')
        .filter(({ author }) => query.get('scope') !== 'created_by_me' || author === token.account)
        .filter(({ createdAt }) => Date.parse(createdAt) > after)
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const issues = found.map((subject) => toIssue(subject, request));
      return toLinkedPage(request, issues, { name: 'per_page', default: 20, most: 100 });
    },
  },
  {
    method: 'POST',
    path: '/projects/:project/issues',
    answer(request) {
      const { body, state, token } = request;
      const project = getProject(request);
      const title = getText(body, 'title');
      const subject = addSubject(state, project, 'issue', token.account, nextIid(project.subjects));
      subject.title = title;
      subject.body = toText(body['description']);
      subject.labels = toLabels(body['labels']);
      subject.assignees = toLogins(request);
      return { status: 201, body: toIssue(subject, request) };
    },
  },
  ...PLACES.flatMap((place): FakeRoute[] => [
    {
      method: 'GET',
      path: `${place}/:iid`,
      answer: (request) => ({ body: toIssue(getPlace(request), request) }),
    },
    {
      method: 'PUT',
      path: `${place}/:iid`,
      answer(request) {
        const { body } = request;
        const subject = getPlace(request);
        if (Object.keys(body).length === 0) throw new FakeRefusal(400, 'at least one parameter must be provided');
        const { add_labels: added, remove_labels: removed, labels, state_event: event } = body;
        if (labels !== undefined) subject.labels = toLabels(labels);
        if (added !== undefined) subject.labels = [...new Set([...subject.labels, ...toLabels(added)])];
        if (removed !== undefined) subject.labels = subject.labels.filter((name) => !toLabels(removed).includes(name));
        if (body['assignee_ids'] !== undefined) subject.assignees = toLogins(request);
        if (event !== undefined && event !== 'close' && event !== 'reopen') throw new FakeRefusal(400, 'state_event');
        if (event !== undefined && subject.state !== 'merged') subject.state = event === 'close' ? 'closed' : 'open';
        return { body: toIssue(subject, request) };
      },
    },
  ]),
];

function nextIid(subjects: readonly FakeSubject[]): number {
  return 1 + Math.max(0, ...subjects.filter(({ kind }) => kind === 'issue').map(({ number }) => number));
}

function toLabels(given: unknown): string[] {
  return typeof given === 'string' && given !== '' ? given.split(',') : [];
}

function toLogins({ body, state }: FakeRequest): string[] {
  const ids = body['assignee_ids'] ?? [];
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'number')) throw new FakeRefusal(400, 'assignee_ids');
  return state.accounts.filter(({ id }) => ids.includes(id)).map(({ login }) => login);
}

function toIssue(subject: FakeSubject, request: FakeRequest) {
  const { owner, name } = getProject(request);
  const kind = subject.kind === 'pull' ? 'merge_requests' : 'issues';
  const words = { open: 'opened', closed: 'closed', merged: 'merged' } as const;
  return {
    id: subject.id,
    iid: subject.number,
    title: subject.title,
    description: subject.body,
    state: words[subject.state],
    labels: subject.labels,
    author: toUser(subject.author),
    assignees: request.state.accounts.filter(({ login }) => subject.assignees.includes(login)).map(toUser),
    created_at: subject.createdAt,
    web_url: `${request.baseUrl}/${owner}/${name}/-/${kind}/${subject.number}`,
  };
}
