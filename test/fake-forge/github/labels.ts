import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute, type FakeSubject } from '../contract.ts';
import { setLabels } from '../deeds.ts';
import { doerOf } from '../gitea/place.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository, getSubject } from '../state.ts';

/** Labels of GitHub: names, whatever their case; an unknown one is made. */
export const labelRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer: (request) => toLinkedPage(request, toLabels(request), { name: 'per_page', default: 30, most: 100 }),
  },
  {
    method: 'POST',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer(request) {
      const subject = toSubject(request);
      const names = ensureLabels(request.state, toRepository(request), request.body['labels']);
      setLabels(doerOf(request), subject, [...new Set([...subject.labels, ...names])]);
      return { body: toLabels(request) };
    },
  },
  {
    method: 'PUT',
    path: '/repos/:owner/:name/issues/:number/labels',
    answer(request) {
      const names = ensureLabels(request.state, toRepository(request), request.body['labels']);
      setLabels(doerOf(request), toSubject(request), names);
      return { body: toLabels(request) };
    },
  },
  {
    method: 'DELETE',
    path: '/repos/:owner/:name/issues/:number/labels/:label',
    answer(request) {
      const subject = toSubject(request);
      const label = request.params['label'] ?? '';
      const left = subject.labels.filter((name) => !isSame(name, label));
      if (left.length === subject.labels.length) throw new FakeRefusal(404, 'Label does not exist');
      setLabels(doerOf(request), subject, left);
      return { body: toLabels(request) };
    },
  },
];

/** The labels as the repository spells them. @throws FakeRefusal 422 unless it is a list of texts. */
export function ensureLabels(state: FakeRequest['state'], repository: FakeRepository, given: unknown): string[] {
  if (!Array.isArray(given) || given.some((name) => typeof name !== 'string' || name === '' || name.length > 50)) {
    throw new FakeRefusal(422, 'Validation Failed');
  }
  return (given as string[]).map((name) => {
    const known = repository.labels.find((label) => isSame(label.name, name));
    if (known === undefined) repository.labels.push({ id: state.nextId(), name, color: 'ededed' });
    return known?.name ?? name;
  });
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function toRepository({ state, params }: FakeRequest): FakeRepository {
  return getRepository(state, params['owner'] ?? '', params['name'] ?? '');
}

function toSubject(request: FakeRequest): FakeSubject {
  return getSubject(toRepository(request), request.params['number'] ?? '');
}

function toLabels(request: FakeRequest) {
  const { labels } = toSubject(request);
  return toRepository(request).labels.filter(({ name }) => labels.includes(name));
}
