import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeRoute } from '../contract.ts';
import {
  addHook,
  type FakeHook,
  getEvents,
  getHook,
  getHookUrl,
  getOrganisation,
  hooksAt,
  removeHook,
  textOf,
} from '../hooks.ts';
import { toCloudPage } from '../pages.ts';
import { getRepository } from '../state.ts';

/** `pullrequest:push` is not offered everywhere. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  repository: [
    'repo:push',
    'repo:fork',
    'repo:updated',
    'repo:transfer',
    'repo:commit_comment_created',
    'issue:created',
    'repo:commit_status_created',
    'repo:commit_status_updated',
    'issue:updated',
    'issue:comment_created',
    'pullrequest:created',
    'pullrequest:updated',
    'pullrequest:approved',
    'pullrequest:unapproved',
    'pullrequest:fulfilled',
    'pullrequest:rejected',
    'pullrequest:comment_created',
    'pullrequest:comment_updated',
  ],
  workspace: [
    'repo:push',
    'repo:created',
    'repo:deleted',
    'pullrequest:created',
    'pullrequest:fulfilled',
    'project:updated',
  ],
};

type Find = (request: FakeRequest) => string;

export const hookRoutes: readonly FakeRoute[] = [
  ...toRoutes('/repositories/:owner/:repo/hooks', 'repository', ({ state, params: { owner = '', repo = '' } }) => {
    getRepository(state, owner, repo);
    return `${owner}/${repo}`;
  }),
  ...toRoutes('/workspaces/:owner/hooks', 'workspace', ({ state, params: { owner = '' } }) => {
    getOrganisation(state, owner);
    return owner;
  }),
  {
    method: 'GET',
    path: '/hook_events/:subject',
    answer: (request) =>
      toCloudPage(
        request,
        (OFFERED[request.params['subject'] ?? ''] ?? []).map((event) => ({ event })),
      ),
  },
];

function toRoutes(path: string, subject: string, find: Find): readonly FakeRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer: (request) => toCloudPage(request, hooksAt(request.state, find(request)).map(toHook)),
    },
    {
      method: 'POST',
      path,
      answer(request) {
        const id = `{0a5b7c9e-0000-4000-8000-${String(request.state.nextId()).padStart(12, '0')}}`;
        const made = { id, place: find(request), active: false, url: '', events: [], secret: '' };
        const hook = addHook(request.state, made);
        try {
          replace(hook, subject, request.body);
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
        replace(hook, subject, request.body);
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

/** A secret that is left out stays. */
function replace(hook: FakeHook, subject: string, body: Readonly<Record<string, unknown>>): void {
  const url = getHookUrl(body['url'], 400);
  const events = getEvents(body['events'], OFFERED[subject], 400);
  if (events.length === 0) throw new FakeRefusal(400, 'events: required key not provided');
  if (textOf(body['secret']).length > 128) throw new FakeRefusal(400, 'secret: too long');
  hook.url = url;
  hook.events = events;
  hook.active = body['active'] === true;
  if (body['secret'] !== undefined) hook.secret = textOf(body['secret']);
}

function toHook({ id, url, active, events, secret }: FakeHook) {
  return {
    type: 'webhook_subscription',
    uuid: id,
    url,
    active,
    events,
    secret_set: secret !== '',
    description: 'Fettle',
  };
}

export const repositoryRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/user/workspaces',
    answer(request) {
      const owners = [...new Set(request.state.repositories.map(({ owner }) => owner))];
      return toCloudPage(
        request,
        owners.map((slug) => ({ type: 'workspace_access', workspace: { slug } })),
      );
    },
  },
  {
    method: 'GET',
    path: '/repositories/:owner',
    answer: (request) =>
      toCloudPage(request, getOrganisation(request.state, request.params['owner'] ?? '').map(toRepository)),
  },
  {
    method: 'GET',
    path: '/repositories/:owner/:repo',
    answer: ({ state, params: { owner = '', repo = '' } }) => ({
      body: toRepository(getRepository(state, owner, repo)),
    }),
  },
];

function toRepository({ id, owner, name, ...repository }: FakeRepository) {
  return {
    type: 'repository',
    uuid: `{${id}}`,
    full_name: `${owner}/${name}`,
    is_private: repository.private,
    mainbranch: { name: repository.defaultBranch },
  };
}
