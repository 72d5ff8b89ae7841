import { type FakeLabel, FakeRefusal, type FakeRequest, type FakeRoute } from '../contract.ts';
import { needWrite, setLabels } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText } from '../state.ts';
import { doerOf, repositoryOf, subjectOf } from './place.ts';
import { listLabels, toLabel } from './shapes.ts';

export { listLabels, toLabel } from './shapes.ts';

/** Labels of Gitea, by id; an id that does not exist is silently left out, as there. */
export const labelRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/labels',
    answer: (request) =>
      toLinkedPage(request, repositoryOf(request).labels.map(toLabel), { name: 'limit', default: 30, most: 50 }),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/labels',
    answer(request) {
      const { state, body } = request;
      needWrite(doerOf(request));
      const name = getText(body, 'name');
      const color = getText(body, 'color');
      if (!/^#?[0-9a-fA-F]{6}$/.test(color)) throw new FakeRefusal(422, 'bad color code');
      const label = { id: state.nextId(), name, color: color.replace('#', '') };
      repositoryOf(request).labels.push(label);
      return { status: 201, body: toLabel(label) };
    },
  },
  {
    method: 'GET',
    path: '/orgs/:owner/labels',
    answer(request) {
      const labels = request.state.organisationLabels.get(request.params['owner'] ?? '');
      if (labels === undefined) throw new FakeRefusal(404, 'Not Found');
      return toLinkedPage(request, labels.map(toLabel), { name: 'limit', default: 30, most: 50 });
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer: (request) => ({ body: toLabels(request) }),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer(request) {
      const subject = subjectOf(request);
      setLabels(doerOf(request), subject, [...new Set([...subject.labels, ...toGiven(request)])]);
      return { body: toLabels(request) };
    },
  },
  {
    method: 'PUT',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer(request) {
      setLabels(doerOf(request), subjectOf(request), toGiven(request));
      return { body: toLabels(request) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:name/issues/:number/labels/:id',
    answer(request) {
      const subject = subjectOf(request);
      const label = listLabels(request.state, repositoryOf(request)).find(
        ({ id }) => String(id) === request.params['id'],
      );
      if (label === undefined) throw new FakeRefusal(422, 'label does not exist');
      const kept = subject.labels.filter((name) => name !== label.name);
      setLabels(doerOf(request), subject, kept);
      return { status: 204 };
    },
  },
];

/** The names behind ids. @throws FakeRefusal 422 unless it is a list of numbers. */
export function toNames(labels: readonly FakeLabel[], ids: unknown): string[] {
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'number')) throw new FakeRefusal(422, '[labels]: not ids');
  return labels.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
}

function toGiven(request: FakeRequest): string[] {
  return toNames(listLabels(request.state, repositoryOf(request)), request.body['labels']);
}

function toLabels(request: FakeRequest) {
  const { labels } = subjectOf(request);
  return listLabels(request.state, repositoryOf(request))
    .filter(({ name }) => labels.includes(name))
    .map(toLabel);
}
