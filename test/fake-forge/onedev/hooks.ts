import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute, type FakeState } from '../contract.ts';
import { getHookUrl, hooksOf, textOf } from '../hooks.ts';

const KINDS = ['CODE_PUSH', 'PULL_REQUEST', 'ISSUE', 'CODE_COMMENT', 'BUILD', 'PACKAGE', 'WORKSPACE'];

/** The rest of the settings, which every writing replaces as well. */
function settingsOf(state: FakeState, id: string): Record<string, unknown> {
  return state.keep(`settings of ${id}`, () => ({ branchProtections: [{ branches: 'main' }], issueSetting: { a: 1 } }));
}

export const hookRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects/:id/setting',
    answer({ state, params: { id = '' } }) {
      const place = toPath(getProject(state, id));
      const webHooks = hooksOf(state)
        .filter((hook) => hook.place === place)
        .map(({ url, events, secret, other }) => ({ postUrl: url, eventTypes: events, secret, ...other }));
      return { body: { ...settingsOf(state, id), webHooks } };
    },
  },
  {
    method: 'POST',
    path: '/projects/:id/setting',
    answer(request) {
      const { state, body, params } = request;
      const { id = '' } = params;
      const place = toPath(getProject(state, id));
      const { webHooks, ...rest } = body;
      const hooks = (Array.isArray(webHooks) ? webHooks : []).map((value) => toHook(state, place, value as object));
      const settings = settingsOf(state, id);
      for (const name of Object.keys(settings)) delete settings[name];
      Object.assign(settings, rest);
      const all = hooksOf(state);
      all.splice(0, all.length, ...all.filter((hook) => hook.place !== place), ...hooks);
      return { body: Number(id) };
    },
  },
];

function toHook(state: FakeState, place: string, value: object) {
  const { postUrl, eventTypes, secret, ...other } = value as Record<string, unknown>;
  const events = Array.isArray(eventTypes) ? (eventTypes as string[]) : [];
  if (textOf(secret) === '') throw new FakeRefusal(400, 'secret: may not be empty');
  if (events.length === 0 || !events.every((event) => KINDS.includes(event))) throw new FakeRefusal(400, 'eventTypes');
  return {
    id: String(state.nextId()),
    place,
    url: getHookUrl(postUrl, 400),
    active: true,
    events,
    secret: textOf(secret),
    other,
  };
}

export const repositoryRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/projects', answer: (request) => ({ body: findProjects(request).map(toProject) }) },
  {
    method: 'GET',
    path: '/projects/:id',
    answer: ({ state, params: { id = '' } }) => ({ body: toProject(getProject(state, id)) }),
  },
  {
    method: 'GET',
    path: '/projects/ids/*path',
    answer({ state, params: { path = '' } }) {
      const found = projectsOf(state).find((each) => toPath(each).toLowerCase() === path.toLowerCase());
      if (found === undefined) throw new FakeRefusal(404, `Project not found: ${path}`);
      return { body: String(found.id) };
    },
  },
];

function findProjects({ query, state }: FakeRequest): readonly FakeRepository[] {
  const [offset, count] = ['offset', 'count'].map((name) => query.get(name));
  if (offset === null || offset === undefined || count === null || count === undefined) {
    throw new FakeRefusal(406, 'Missing query params');
  }
  if (Number(count) > 100) throw new FakeRefusal(406, 'Count should not be greater than 100');
  const text = query.get('query') ?? '';
  const path = /"Path" is "([^"]+)"/.exec(text)?.[1];
  const isWanted = (each: FakeRepository) =>
    path === undefined || (path.endsWith('/**') ? toPath(each).startsWith(path.slice(0, -2)) : toPath(each) === path);
  return projectsOf(state)
    .filter(isWanted)
    .slice(Number(offset), Number(offset) + Number(count));
}

/** The owners are projects too. */
function projectsOf(state: FakeState): readonly FakeRepository[] {
  const owners = [...new Set(state.repositories.map(({ owner }) => owner))].filter((owner) => owner !== '');
  const above = owners.map((name, index) => ({
    ...(state.repositories[0] as FakeRepository),
    id: 9_000 + index,
    owner: '',
    name,
  }));
  return [...above, ...state.repositories];
}

function getProject(state: FakeState, id: string): FakeRepository {
  const found = projectsOf(state).find((each) => String(each.id) === id);
  if (found === undefined) throw new FakeRefusal(404, 'Not Found');
  return found;
}

function toPath({ owner, name }: FakeRepository): string {
  return owner === '' ? name : `${owner}/${name}`;
}

function toProject(project: FakeRepository) {
  return { id: project.id, name: project.name, path: toPath(project), description: '' };
}
