import { type FakeRepository, type FakeRequest, type FakeRoute } from '../contract.ts';
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
import { toDataCenterPage } from '../pages.ts';
import { getRepository } from '../state.ts';

/** A version that knows `needs_work` by its newer name only. */
const KNOWN = [
  'mirror:repo_synchronized',
  'pr:comment:added',
  'pr:comment:deleted',
  'pr:comment:edited',
  'pr:declined',
  'pr:deleted',
  'pr:from_ref_updated',
  'pr:merged',
  'pr:modified',
  'pr:opened',
  'pr:reviewer:approved',
  'pr:reviewer:changes_requested',
  'pr:reviewer:unapproved',
  'pr:reviewer:updated',
  'pr:to_ref_updated',
  'repo:comment:added',
  'repo:comment:deleted',
  'repo:comment:edited',
  'repo:forked',
  'repo:modified',
  'repo:refs_changed',
  'repo:secret_detected',
  'project:modified',
];

type Find = (request: FakeRequest) => string;

const ofRepository: Find = ({ state, params: { owner = '', repo = '' } }) => {
  getRepository(state, owner, repo);
  return `${owner}/${repo}`;
};
const ofProject: Find = ({ state, params: { owner = '' } }) => {
  getOrganisation(state, owner);
  return owner;
};

export const hookRoutes: readonly FakeRoute[] = [
  ...toRoutes('/projects/:owner/repos/:repo/webhooks', 'repository', ofRepository),
  ...toRoutes('/projects/:owner/webhooks', 'project', ofProject),
];

function toRoutes(path: string, scopeType: string, find: Find): readonly FakeRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer(request) {
        const own = hooksAt(request.state, find(request)).map((hook) => toHook(hook, scopeType));
        const project = hooksAt(request.state, request.params['owner'] ?? '').map((hook) => toHook(hook, 'project'));
        return toDataCenterPage(request, scopeType === 'project' ? own : [...own, ...project]);
      },
    },
    {
      method: 'POST',
      path,
      answer(request) {
        const place = find(request);
        return { status: 201, body: toHook(addHook(request.state, { place, ...toFields(request.body) }), scopeType) };
      },
    },
    {
      method: 'PUT',
      path: `${path}/:id`,
      answer(request) {
        const hook = getHook(request.state, find(request), request.params['id']);
        Object.assign(hook, toFields(request.body));
        return { body: toHook(hook, scopeType) };
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

function toFields(body: Readonly<Record<string, unknown>>) {
  const configuration = (body['configuration'] ?? {}) as Record<string, unknown>;
  return {
    url: getHookUrl(body['url'], 400),
    events: getEvents(body['events'], KNOWN, 400),
    active: body['active'] !== false,
    secret: textOf(configuration['secret']),
  };
}

function toHook({ id, url, active, events, secret }: FakeHook, scopeType: string) {
  const configuration = secret === '' ? {} : { secret };
  return {
    id: Number(id),
    name: 'Fettle',
    url,
    active,
    events,
    configuration,
    scopeType,
    sslVerificationRequired: true,
  };
}

export const repositoryRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos',
    answer: (request) => toDataCenterPage(request, request.state.repositories.map(toRepository)),
  },
  {
    method: 'GET',
    path: '/projects/:owner/repos',
    answer: (request) =>
      toDataCenterPage(request, getOrganisation(request.state, request.params['owner'] ?? '').map(toRepository)),
  },
  {
    method: 'GET',
    path: '/projects/:owner/repos/:repo',
    answer: ({ state, params: { owner = '', repo = '' } }) => ({
      body: toRepository(getRepository(state, owner, repo)),
    }),
  },
];

function toRepository({ id, owner, name, ...repository }: FakeRepository) {
  const archived = name.startsWith('archived-');
  return { id, slug: name, name, project: { key: owner }, public: !repository.private, archived };
}
