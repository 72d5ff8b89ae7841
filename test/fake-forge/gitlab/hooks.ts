import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute, type FakeState } from '../contract.ts';
import {
  addHook,
  type FakeHook,
  getHook,
  getHookUrl,
  getOrganisation,
  getOwned,
  hooksAt,
  removeHook,
  textOf,
} from '../hooks.ts';
import { toLinkedPage } from '../pages.ts';

const SIZE = { name: 'per_page', default: 20, most: 100 } as const;
const FIELDS = [
  'push_events',
  'tag_push_events',
  'issues_events',
  'confidential_issues_events',
  'merge_requests_events',
  'note_events',
  'confidential_note_events',
  'job_events',
  'pipeline_events',
  'wiki_page_events',
  'deployment_events',
  'releases_events',
  'repository_update_events',
];

type Find = (request: FakeRequest) => string;

export const hookRoutes: readonly FakeRoute[] = [
  ...toRoutes('/projects/:project/hooks', ({ state, params: { project = '' } }) => {
    const { owner, name } = getProject(state, project);
    return `${owner}/${name}`;
  }),
  ...toRoutes('/groups/:owner/hooks', ({ state, params: { owner = '' } }) => {
    getOrganisation(state, owner);
    return owner;
  }),
  ...toRoutes('/hooks', () => '*').filter(({ method }) => method !== 'PUT'),
];

function toRoutes(path: string, find: Find): readonly FakeRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer: (request) => toLinkedPage(request, hooksAt(request.state, find(request)).map(toHook), SIZE),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      answer: (request) => ({ body: toHook(getHook(request.state, find(request), request.params['id'])) }),
    },
    {
      method: 'POST',
      path,
      answer(request) {
        const place = find(request);
        const hook = addHook(request.state, { place, url: '', active: true, events: ['push_events'], secret: '' });
        try {
          change(hook, request.body);
        } catch (error) {
          removeHook(request.state, hook);
          throw error;
        }
        return { status: 201, body: toHook(hook) };
      },
    },
    {
      method: 'PUT',
      path: `${path}/:id`,
      answer(request) {
        const hook = getHook(request.state, find(request), request.params['id']);
        change(hook, request.body);
        return { body: toHook(hook) };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      answer(request) {
        removeHook(request.state, getHook(request.state, find(request), request.params['id']));
        return { status: 204 };
      },
    },
  ];
}

/** Switches on and off what is named; an edit does not make a disabled hook executable. */
function change(hook: FakeHook, body: Readonly<Record<string, unknown>>): void {
  const url = getHookUrl(body['url'], 422);
  // The default of an instance: no webhooks into the local network.
  if (/^https?:\/\/(localhost|10\.|192\.168\.)/.test(url)) throw new FakeRefusal(422, 'Invalid url given');
  hook.url = url;
  const on = new Set(hook.events);
  for (const field of FIELDS) {
    if (body[field] === true) on.add(field);
    if (body[field] === false) on.delete(field);
  }
  hook.events = [...on];
  for (const name of ['token', 'signing_token']) if (body[name] !== undefined) hook.secret = textOf(body[name]);
  for (const name of [
    'push_events_branch_filter',
    'custom_webhook_template',
    'enable_ssl_verification',
    'token',
    'signing_token',
  ]) {
    if (body[name] !== undefined) hook.other[name] = body[name];
  }
}

function toHook({ id, url, events, other }: FakeHook) {
  const { alert_status = 'executable', disabled_until = null, enable_ssl_verification, token, signing_token } = other;
  return {
    id: Number(id),
    url,
    enable_ssl_verification,
    alert_status,
    disabled_until,
    push_events_branch_filter: other['push_events_branch_filter'] ?? '',
    custom_webhook_template: other['custom_webhook_template'] ?? '',
    token_present: token !== undefined,
    signing_token_present: signing_token !== undefined,
    ...Object.fromEntries(FIELDS.map((name) => [name, events.includes(name)])),
  };
}

export const repositoryRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/projects',
    answer(request) {
      if (request.query.get('membership') !== 'true') throw new FakeRefusal(400, 'The fake has members only');
      return toLinkedPage(request, request.state.repositories.map(toProject), SIZE);
    },
  },
  {
    method: 'GET',
    path: '/projects/:project',
    answer: ({ state, params: { project = '' } }) => ({ body: toProject(getProject(state, project)) }),
  },
  {
    method: 'GET',
    path: '/groups/:owner/projects',
    answer(request) {
      const owner = request.params['owner'] ?? '';
      const isWithin = (each: FakeRepository) => each.owner === owner || each.owner.startsWith(`${owner}/`);
      const all = request.state.repositories.filter((each) => !each.personal && isWithin(each));
      if (all.length === 0) throw new FakeRefusal(404, 'Group Not Found');
      const shown =
        request.query.get('include_subgroups') === 'true' ? all : all.filter((each) => each.owner === owner);
      return toLinkedPage(request, shown.map(toProject), SIZE);
    },
  },
  {
    method: 'GET',
    path: '/users/:owner/projects',
    answer: (request) =>
      toLinkedPage(request, getOwned(request.state, request.params['owner'] ?? '').map(toProject), SIZE),
  },
];

function getProject(state: FakeState, project: string): FakeRepository {
  const found = state.repositories.find(
    (each) => String(each.id) === project || `${each.owner}/${each.name}` === project,
  );
  if (found === undefined) throw new FakeRefusal(404, 'Project Not Found');
  return found;
}

function toProject({ id, owner, name, defaultBranch, ...repository }: FakeRepository) {
  return {
    id,
    path: name,
    path_with_namespace: `${owner}/${name}`,
    default_branch: defaultBranch,
    visibility: repository.private ? 'private' : 'public',
    archived: name.startsWith('archived-'),
  };
}
