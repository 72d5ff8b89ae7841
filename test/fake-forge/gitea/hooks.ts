import type { Hook } from 'gitea-js';
import { FakeRefusal, type FakeRequest, type FakeRoute, type FakeRepository } from '../contract.ts';
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
import { getRepository } from '../state.ts';
import { type Told, toRepository } from './shapes.ts';

const SIZE = { name: 'limit', default: 30, most: 20 } as const;
/** What this release knows, in the order it lists them. */
const KNOWN = [
  'create',
  'delete',
  'fork',
  'push',
  'issues',
  'issue_assign',
  'issue_label',
  'issue_comment',
  'pull_request',
  'pull_request_assign',
  'pull_request_review_approved',
  'pull_request_sync',
  'wiki',
  'repository',
  'release',
  'package',
];

type Find = (request: FakeRequest) => string;

const ofRepository: Find = ({ state, params: { owner = '', repo = '' } }) => {
  getRepository(state, owner, repo);
  return `${owner}/${repo}`;
};
const ofOrganisation: Find = ({ state, params: { owner = '' } }) => {
  getOrganisation(state, owner);
  return owner;
};

/** Hooks without a `Link` header, as Gitea lists them. */
export const hookRoutes: readonly FakeRoute[] = [
  ...toRoutes('/repos/:owner/:repo/hooks', ofRepository),
  ...toRoutes('/orgs/:owner/hooks', ofOrganisation),
  ...toRoutes('/admin/hooks', () => '*'),
];
export const gogsHookRoutes: readonly FakeRoute[] = toRoutes('/repos/:owner/:repo/hooks', ofRepository);

function toRoutes(path: string, find: Find): readonly FakeRoute[] {
  return [
    {
      method: 'GET',
      path,
      answer(request) {
        const hooks = hooksAt(request.state, find(request)).map(toHook);
        const { headers = {}, body } = toLinkedPage(request, hooks, SIZE);
        return { headers: { 'x-total-count': headers['x-total-count'] ?? '' }, body };
      },
    },
    {
      method: 'POST',
      path,
      answer(request) {
        const { state, body } = request;
        const place = find(request);
        const config = (body['config'] ?? {}) as Record<string, unknown>;
        if (!['gitea', 'gogs', 'slack'].includes(textOf(body['type']))) throw new FakeRefusal(422, 'Invalid hook type');
        if (!['json', 'form'].includes(textOf(config['content_type'])))
          throw new FakeRefusal(422, 'Invalid content type');
        if (place === '*' && config['is_system_webhook'] !== 'true') return { status: 201, body: { id: 1, config } };
        const hook = addHook(state, {
          place,
          url: getHookUrl(config['url'], 422),
          active: body['active'] === true,
          events: toTaken(body['events']),
          secret: textOf(config['secret']),
          other: {
            type: body['type'],
            content_type: config['content_type'],
            branch_filter: textOf(body['branch_filter']),
          },
        });
        return { status: 201, body: toHook(hook) };
      },
    },
    {
      method: 'PATCH',
      path: `${path}/:id`,
      answer(request) {
        const hook = getHook(request.state, find(request), request.params['id']);
        const config = (request.body['config'] ?? {}) as Record<string, unknown>;
        if (config['url'] !== undefined) hook.url = getHookUrl(config['url'], 422);
        hook.active = request.body['active'] === true;
        hook.events = toTaken(request.body['events']);
        hook.other['branch_filter'] = textOf(request.body['branch_filter']);
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

/** Nothing asked for means pushes; an umbrella stands for its kinds; what is not known is left out without a word. */
function toTaken(events: unknown): string[] {
  const asked = Array.isArray(events) && events.length > 0 ? (events as unknown[]) : ['push'];
  return KNOWN.filter(
    (name) =>
      asked.includes(name) ||
      (asked.includes('issues') && /^issue_(assign|label)/.test(name)) ||
      (asked.includes('pull_request') && name.startsWith('pull_request')),
  );
}

function toHook({ id, url, active, events, other }: FakeHook) {
  const [type, content_type, branch_filter] = ['type', 'content_type', 'branch_filter'].map((name) =>
    textOf(other[name]),
  );
  return {
    id: Number(id),
    type: type ?? '',
    active,
    events,
    branch_filter: branch_filter ?? '',
    config: { url, content_type: content_type ?? '' },
  } satisfies Told<Hook>;
}

export const repositoryRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/user/repos',
    answer: (request) => toLinkedPage(request, request.state.repositories.map(toOwn(request)), SIZE),
  },
  {
    method: 'GET',
    path: '/orgs/:owner/repos',
    answer: (request) =>
      toLinkedPage(request, getOrganisation(request.state, request.params['owner'] ?? '').map(toOwn(request)), SIZE),
  },
  {
    method: 'GET',
    path: '/users/:owner/repos',
    answer: (request) =>
      toLinkedPage(request, getOwned(request.state, request.params['owner'] ?? '').map(toOwn(request)), SIZE),
  },
  {
    method: 'GET',
    path: '/repos/:owner/:repo',
    answer(request) {
      const { state, params } = request;
      return { body: toOwn(request)(getRepository(state, params['owner'] ?? '', params['repo'] ?? '')) };
    },
  },
];

function toOwn({ baseUrl, token }: FakeRequest) {
  return (repository: FakeRepository) => toRepository(repository, baseUrl, token.account);
}
