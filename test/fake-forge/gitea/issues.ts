import { FakeRefusal, type FakeRoute, type FakeState } from '../contract.ts';
import { editSubject, mayWrite, openSubject, setAssignees, setState } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText, toText } from '../state.ts';
import { toNames } from './labels.ts';
import { doerOf, repositoryOf, sceneOf, subjectOf } from './place.ts';
import { listLabels, toIssue, toState, toTimelineEntry } from './shapes.ts';

export { toIssue, toState } from './shapes.ts';

/** Issues and pull requests of Gitea; a list shows both, newest first. */
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
        .filter(({ kind }) => query.get('type') !== 'issues' || kind === 'issue')
        .filter(({ author }) => (query.get('created_by') ?? author.login) === author.login)
        .filter(({ createdAt }) => createdAt >= (query.get('since') ?? ''))
        .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      const size = { name: 'limit', default: 30, most: 50 } as const;
      const scene = sceneOf(request);
      return toLinkedPage(
        request,
        found.map((subject) => toIssue(subject, scene)),
        size,
      );
    },
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues',
    answer(request) {
      const { body, state } = request;
      const repository = repositoryOf(request);
      const title = getText(body, 'title');
      const labels = toNames(listLabels(state, repository), body['labels'] ?? []);
      const assignees = getAssignees(state, body['assignees'] ?? []);
      const subject = openSubject(doerOf(request), 'issue', { title, body: toText(body['body']), labels, assignees });
      return { status: 201, body: toIssue(subject, sceneOf(request)) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number',
    answer: (request) => ({ body: toIssue(subjectOf(request), sceneOf(request)) }),
  },
  {
    method: 'PATCH',
    path: '/repos/:owner/:name/issues/:number',
    answer(request) {
      const { body, state } = request;
      const subject = subjectOf(request);
      const doer = doerOf(request);
      if (subject.author !== doer.by && !mayWrite(doer)) throw new FakeRefusal(403, 'Forbidden');
      const wanted = body['state'];
      if (wanted !== undefined && wanted !== 'open' && wanted !== 'closed') throw new FakeRefusal(422, 'unknown state');
      if (wanted !== undefined && subject.state === 'merged') {
        throw new FakeRefusal(412, 'cannot change state of this pull request, it was already merged');
      }
      const { title, body: text } = body;
      editSubject(doer, subject, {
        ...(typeof title === 'string' && title !== '' ? { title } : {}),
        ...(typeof text === 'string' ? { body: text } : {}),
      });
      if (body['assignees'] !== undefined) setAssignees(doer, subject, getAssignees(state, body['assignees']));
      if (wanted !== undefined) setState(doer, subject, wanted);
      return { status: 201, body: toIssue(subject, sceneOf(request)) };
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/timeline',
    answer(request) {
      const { query } = request;
      const entries = subjectOf(request)
        .history.filter(({ at }) => at >= (query.get('since') ?? '') && at <= (query.get('before') ?? '9'))
        .map((edge) => toTimelineEntry(edge, sceneOf(request)));
      const { body } = toLinkedPage(request, entries, { name: 'limit', default: 30, most: 50 });
      return { headers: { 'x-total-count': String(entries.length) }, body };
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
