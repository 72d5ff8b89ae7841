import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute } from '../contract.ts';
import {
  addHook,
  type FakeHook,
  getEvents,
  getHook,
  getHookUrl,
  getOrganisation,
  getOwned,
  hooksAt,
  removeHook,
  textOf,
} from '../hooks.ts';
import { toLinkedPage } from '../pages.ts';
import { getRepository } from '../state.ts';

const SIZE = { name: 'per_page', default: 30, most: 100 } as const;
const KNOWN = [
  'check_run',
  'check_suite',
  'commit_comment',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'fork',
  'gollum',
  'issue_comment',
  'issues',
  'package',
  'public',
  'pull_request',
  'pull_request_review',
  'push',
  'release',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'repository',
  'star',
  'status',
  'watch',
  '*',
  'workflow_job',
  'workflow_run',
];

type Find = (request: FakeRequest) => string;

export const hookRoutes: readonly FakeRoute[] = [
  ...toRoutes('/repos/:owner/:repo/hooks', ({ state, params: { owner = '', repo = '' } }) => {
    getRepository(state, owner, repo);
    return `${owner}/${repo}`;
  }),
  ...toRoutes('/orgs/:owner/hooks', ({ state, params: { owner = '' } }) => {
    getOrganisation(state, owner);
    return owner;
  }),
];

function toRoutes(path: string, find: Find): readonly FakeRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer: (request) => toLinkedPage(request, hooksAt(request.state, find(request)).map(toHook), SIZE),
    },
    {
      method: 'POST',
      path,
      answer(request) {
        const { state, body } = request;
        const place = find(request);
        const config = toConfig(body['config']);
        if (body['name'] !== 'web') throw new FakeRefusal(422, 'Validation Failed: name');
        if (hooksAt(state, place).some(({ url }) => url === config.url)) {
          throw new FakeRefusal(422, 'Hook already exists on this repository');
        }
        const events = getEvents(body['events'], KNOWN, 422);
        const active = body['active'] !== false;
        return { status: 201, body: toHook(addHook(state, { place, ...config, active, events })) };
      },
    },
    {
      method: 'PATCH',
      path: `${path}/:id`,
      answer(request) {
        const { body } = request;
        const hook = getHook(request.state, find(request), request.params['id']);
        if (body['config'] !== undefined) {
          const { url, secret, other } = toConfig(body['config']);
          Object.assign(hook.other, other);
          hook.url = url;
          hook.secret = secret;
        }
        if (body['events'] !== undefined) hook.events = getEvents(body['events'], KNOWN, 422);
        if (body['active'] !== undefined) hook.active = body['active'] === true;
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

/** What is left out is gone; the format is a form unless said. */
function toConfig(value: unknown) {
  const config = (value ?? {}) as Record<string, unknown>;
  const content_type = config['content_type'] ?? 'form';
  const insecure_ssl = config['insecure_ssl'] ?? '0';
  return {
    url: getHookUrl(config['url'], 422),
    secret: textOf(config['secret']),
    other: { content_type, insecure_ssl },
  };
}

function toHook({ id, url, active, events, secret, other }: FakeHook) {
  const { content_type, insecure_ssl, last_response = { code: null, status: 'unused', message: null } } = other;
  const config = { url, content_type, insecure_ssl, ...(secret === '' ? {} : { secret: '********' }) };
  return { type: 'Repository', id: Number(id), name: 'web', active, events, config, last_response };
}

export const repositoryRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/user/repos',
    answer(request) {
      const { state, query, token } = request;
      const own = query.get('affiliation') === 'owner' ? getOwned(state, token.account.login) : state.repositories;
      return toLinkedPage(request, own.map(toRepository), SIZE);
    },
  },
  {
    method: 'GET',
    path: '/orgs/:owner',
    answer: ({ state, params: { owner = '' } }) => ({ body: { login: getOrganisation(state, owner)[0]?.owner } }),
  },
  {
    method: 'GET',
    path: '/users/:owner',
    answer: ({ state, params: { owner = '' } }) => ({ body: { login: owner, repos: getOwned(state, owner).length } }),
  },
  {
    method: 'GET',
    path: '/orgs/:owner/repos',
    answer: (request) =>
      toLinkedPage(request, getOrganisation(request.state, request.params['owner'] ?? '').map(toRepository), SIZE),
  },
  {
    method: 'GET',
    path: '/users/:owner/repos',
    answer(request) {
      const open = getOwned(request.state, request.params['owner'] ?? '').filter((each) => !each.private);
      return toLinkedPage(request, open.map(toRepository), SIZE);
    },
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo',
    answer: ({ state, params: { owner = '', repo = '' } }) => ({
      body: toRepository(getRepository(state, owner, repo)),
    }),
  },
];

function toRepository(repository: FakeRepository) {
  const { id, owner, name } = repository;
  const full_name = `${owner}/${name}`;
  return {
    id,
    name,
    full_name,
    owner: { login: owner },
    private: repository.private,
    archived: name.startsWith('archived-'),
  };
}
