import { type ApiClient, toUnreadable } from '../api-client.ts';
import { readHooksAt, toNoSuchLevel } from '../hook-place.ts';
import { LINKED_PAGES } from '../pages.ts';
import { booleanAt, idAt, integerAt, listAt, textAt } from '../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../write-contract.ts';

const LEVELS = ['repository', 'organisation'] as const;

/** Of each pair that is sent for one change only one: `star` and not `watch`, `repository` and not `public`, `package` and not `registry_package`. */
const EVENTS = [
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
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'push',
  'release',
  'repository',
  'star',
  'status',
  'workflow_job',
  'workflow_run',
];

/** Webhooks of GitHub. https://docs.github.com/en/rest/repos/webhooks https://docs.github.com/en/rest/orgs/webhooks */
export function createGitHubHooks(client: ApiClient): HookApi {
  return {
    levels: LEVELS,
    wantedEvents: () => EVENTS,
    async list(place) {
      const hooks = await readHooksAt(client, LINKED_PAGES, place, toPath(place), { per_page: '100' });
      return hooks.filter((hook) => textAt(hook, 'name') === 'web').flatMap((hook) => toHook(hook) ?? []);
    },
    async create(place, hook) {
      return getHook((await client.send('POST', toPath(place), { name: 'web', ...toBody(hook) })).body);
    },
    async update(place, id, hook) {
      return getHook((await client.send('PATCH', [...toPath(place), id], toBody(hook))).body);
    },
    async remove(place, id) {
      await client.send('DELETE', [...toPath(place), id], undefined, { accept: [404] });
    },
  };
}

function toPath(place: HookPlace): readonly string[] {
  if (place.level === 'repository') return ['repos', place.owner, place.name, 'hooks'];
  if (place.level === 'organisation') return ['orgs', place.owner, 'hooks'];
  throw toNoSuchLevel(place, LEVELS);
}

/** All of `config`, always: what is left out of it is removed, the secret too. */
function toBody({ url, secret, events }: HookSpec) {
  return { active: true, events, config: { url, content_type: 'json', secret, insecure_ssl: '0' } };
}

function toHook(value: unknown): ForgeHook | undefined {
  const id = idAt(value, 'id');
  const url = textAt(value, 'config', 'url');
  if (id === undefined || url === undefined) return undefined;
  const events = listAt(value, 'events').filter((event) => typeof event === 'string');
  return {
    id,
    url,
    active: booleanAt(value, 'active') === true,
    events: (events.includes('*') ? [...EVENTS] : events).toSorted(),
    contentType: textAt(value, 'config', 'content_type'),
    problem: toProblem(value),
  };
}

/** `last_response` is that of the newest delivery; its code is null before the first. */
function toProblem(value: unknown): string | undefined {
  const code = integerAt(value, 'last_response', 'code');
  const status = textAt(value, 'last_response', 'status');
  if (code !== undefined && code >= 400) return `GitHub’s last delivery was answered ${code}.`;
  if (code === 0 || status === 'timeout' || status === 'failed_to_connect')
    return 'GitHub’s last delivery got no answer.';
  return undefined;
}

function getHook(value: unknown): ForgeHook {
  const hook = toHook(value);
  if (hook === undefined) throw toUnreadable('the webhook it made');
  return hook;
}
