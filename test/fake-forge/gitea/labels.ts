import {
  type FakeLabel,
  FakeRefusal,
  type FakeRepository,
  type FakeRequest,
  type FakeRoute,
  type FakeState,
} from '../contract.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository, getSubject, getText } from '../state.ts';

/** Labels of Gitea, by id; an id that does not exist is silently left out, as there. */
export const labelRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/labels',
    answer: (request) =>
      toLinkedPage(request, toRepository(request).labels.map(toLabel), { name: 'limit', default: 30, most: 50 }),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/labels',
    answer(request) {
      const { state, body } = request;
      const name = getText(body, 'name');
      const color = getText(body, 'color');
      if (!/^#?[0-9a-fA-F]{6}$/.test(color)) throw new FakeRefusal(422, 'bad color code');
      const label = { id: state.nextId(), name, color: color.replace('#', '') };
      toRepository(request).labels.push(label);
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
      const subject = toSubject(request);
      subject.labels.push(...toGiven(request).filter((name) => !subject.labels.includes(name)));
      return { body: toLabels(request) };
    },
  },
  {
    method: 'PUT',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer(request) {
      toSubject(request).labels = toGiven(request);
      return { body: toLabels(request) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:name/issues/:number/labels/:id',
    answer(request) {
      const subject = toSubject(request);
      const label = listLabels(request.state, toRepository(request)).find(
        ({ id }) => String(id) === request.params['id'],
      );
      if (label === undefined) throw new FakeRefusal(422, 'label does not exist');
      subject.labels = subject.labels.filter((name) => name !== label.name);
      return { status: 204 };
    },
  },
];

/** The labels of a repository and of its organisation. */
export function listLabels(state: FakeState, repository: FakeRepository): readonly FakeLabel[] {
  const shared = repository.personal ? [] : (state.organisationLabels.get(repository.owner) ?? []);
  return [...repository.labels, ...shared];
}

/** The names behind ids. @throws FakeRefusal 422 unless it is a list of numbers. */
export function toNames(labels: readonly FakeLabel[], ids: unknown): string[] {
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'number')) throw new FakeRefusal(422, '[labels]: not ids');
  return labels.filter(({ id }) => ids.includes(id)).map(({ name }) => name);
}

function toGiven(request: FakeRequest): string[] {
  return toNames(listLabels(request.state, toRepository(request)), request.body['labels']);
}

function toRepository({ state, params }: FakeRequest): FakeRepository {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}

function toSubject(request: FakeRequest) {
  return getSubject(toRepository(request), request.params['number'] ?? '');
}

function toLabels(request: FakeRequest) {
  const { labels } = toSubject(request);
  return listLabels(request.state, toRepository(request))
    .filter(({ name }) => labels.includes(name))
    .map(toLabel);
}

export function toLabel({ id, name, color }: FakeLabel) {
  return { id, name, color, description: '', exclusive: false };
}
