import { type FakePull, FakeRefusal, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { openSubject, setAssignees, setLabels, setState } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { doerOf, getPlace, getProject, PLACES } from './place.ts';

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
      const issues = found.map((subject) => toSubject(subject, request));
      return toLinkedPage(request, issues, { name: 'per_page', default: 20, most: 100 });
    },
  },
  {
    method: 'POST',
    path: '/projects/:project/issues',
    answer(request) {
      const { body } = request;
      const project = getProject(request);
      const title = getText(body, 'title');
      const issue = {
        title,
        body: toText(body['description']),
        labels: toLabels(body['labels']),
        assignees: toLogins(request),
      };
      const subject = openSubject(doerOf(request), 'issue', issue, { number: nextIid(project.subjects) });
      return { status: 201, body: toSubject(subject, request) };
    },
  },
  ...PLACES.flatMap((place): FakeRoute[] => [
    {
      method: 'GET',
      path: `${place}/:iid`,
      answer: (request) => ({ body: toSubject(getPlace(request), request) }),
    },
    {
      method: 'PUT',
      path: `${place}/:iid`,
      answer(request) {
        const { body } = request;
        const subject = getPlace(request);
        if (Object.keys(body).length === 0) throw new FakeRefusal(400, 'at least one parameter must be provided');
        const { add_labels: added, remove_labels: removed, labels, state_event: event } = body;
        const doer = doerOf(request);
        const kept = labels === undefined ? subject.labels : toLabels(labels);
        const wanted = [...new Set([...kept, ...toLabels(added)])].filter((name) => !toLabels(removed).includes(name));
        setLabels(doer, subject, wanted);
        if (body['assignee_ids'] !== undefined) setAssignees(doer, subject, toLogins(request));
        if (event !== undefined && event !== 'close' && event !== 'reopen') throw new FakeRefusal(400, 'state_event');
        if (event !== undefined && subject.state !== 'merged') {
          setState(doer, subject, event === 'close' ? 'closed' : 'open');
        }
        return { body: toSubject(subject, request) };
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

export function toSubject(subject: FakeSubject, request: FakeRequest) {
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
    updated_at: subject.updatedAt,
    web_url: `${request.baseUrl}/${owner}/${name}/-/${kind}/${subject.number}`,
    ...(subject.pull === null ? { confidential: false } : toPullFields(subject.pull)),
  };
}

function toPullFields({ headBranch, headSha, baseBranch, isDraft, merge }: FakePull) {
  return {
    source_branch: headBranch,
    target_branch: baseBranch,
    sha: headSha,
    draft: isDraft,
    work_in_progress: isDraft,
    merged_at: merge?.at ?? null,
    merge_commit_sha: merge?.sha ?? null,
  };
}
