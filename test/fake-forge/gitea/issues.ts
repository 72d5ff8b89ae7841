import {
  FakeRefusal,
  type FakeRepository,
  type FakeRequest,
  type FakeRoute,
  type FakeState,
  type FakeSubject,
} from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { addSubject, getRepository, getSubject, getText, toText } from '../state.ts';
import { toUser } from './account.ts';
import { listLabels, toLabel, toNames } from './labels.ts';

/** Issues and pull requests of Gitea; a list shows both, newest first. */
export const issueRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { query } = request;
      const found = toRepository(request)
        .subjects.filter(
          ({ state }) => query.get('state') === 'all' || (query.get('state') ?? 'open') === toState(state),
        )
        .filter(({ kind }) => query.get('type') !== 'issues' || kind === 'issue')
        .filter(({ author }) => (query.get('created_by') ?? author.login) === author.login)
        .filter(({ createdAt }) => createdAt >= (query.get('since') ?? ''))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const size = { name: 'limit', default: 30, most: 50 } as const;
      return toLinkedPage(
        request,
        found.map((subject) => toIssue(subject, request)),
        size,
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { body, state, token } = request;
      const repository = toRepository(request);
      const title = getText(body, 'title');
      const labels = toNames(listLabels(state, repository), body['labels'] ?? []);
      const assignees = getAssignees(state, body['assignees'] ?? []);
      const subject = addSubject(state, repository, 'issue', token.account);
      Object.assign(subject, { title, body: toText(body['body']), labels, assignees });
      return { status: 201, body: toIssue(subject, request) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number',
    answer: (request) => ({ body: toIssue(toSubject(request), request) }),
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/:number',
    answer(request) {
      const { body, state } = request;
      const subject = toSubject(request);
      if (body['assignees'] !== undefined) subject.assignees = getAssignees(state, body['assignees']);
      if (body['state'] !== undefined) {
        if (body['state'] !== 'open' && body['state'] !== 'closed') throw new FakeRefusal(422, 'unknown state');
        if (subject.state === 'merged') throw new FakeRefusal(412, 'pull request has been merged');
        subject.state = body['state'];
      }
      return { status: 201, body: toIssue(subject, request) };
    },
  },
];

/** @throws FakeRefusal 422 for somebody who does not exist. */
export function getAssignees(state: FakeState, logins: unknown): string[] {
  if (!Array.isArray(logins)) throw new FakeRefusal(422, '[assignees]: not a list');
  for (const login of logins) {
    if (!state.accounts.some((account) => account.login === login)) {
      throw new FakeRefusal(422, `Assignee does not exist: [name: ${String(login)}]`);
    }
  }
  return [...new Set(logins as string[])];
}

export function toIssue(subject: FakeSubject, { state, params, baseUrl }: FakeRequest) {
  const repository = getRepository(state, params['owner'] ?? '', params['name'] ?? '');
  const kind = subject.kind === 'pull' ? 'pulls' : 'issues';
  const assignees = state.accounts.filter(({ login }) => subject.assignees.includes(login)).map(toUser);
  return {
    id: subject.id,
    number: subject.number,
    html_url: `${baseUrl}/${repository.owner}/${repository.name}/${kind}/${subject.number}`,
    user: toUser(subject.author),
    title: subject.title,
    body: subject.body,
    labels: listLabels(state, repository)
      .filter(({ name }) => subject.labels.includes(name))
      .map(toLabel),
    assignee: assignees[0] ?? null,
    assignees: assignees.length === 0 ? null : assignees,
    state: toState(subject.state),
    created_at: subject.createdAt,
    pull_request: subject.kind === 'pull' ? { merged: subject.state === 'merged' } : null,
  };
}

export function toState(state: FakeSubject['state']): 'open' | 'closed' {
  return state === 'open' ? 'open' : 'closed';
}

function toRepository({ state, params }: FakeRequest): FakeRepository {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}

function toSubject(request: FakeRequest): FakeSubject {
  return getSubject(toRepository(request), request.params['number'] ?? '');
}
