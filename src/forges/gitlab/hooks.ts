import { type ApiClient, toUnreadable } from '../api-client.ts';
import { readHooksAt } from '../hook-place.ts';
import { LINKED_PAGES } from '../pages.ts';
import { booleanAt, idAt, textAt } from '../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../write-contract.ts';
import { SIGNING_TOKEN_PREFIX } from './verify.ts';

const LEVELS = ['repository', 'organisation', 'system'] as const;

/** Each is a field of its own. Confidential issues and notes are left out: they would tell more people than the forge does. */
const PROJECT_EVENTS = [
  'deployment_events',
  'issues_events',
  'job_events',
  'merge_requests_events',
  'note_events',
  'pipeline_events',
  'push_events',
  'releases_events',
  'tag_push_events',
  'wiki_page_events',
];
const EVENTS: Readonly<Record<HookPlace['level'], readonly string[]>> = {
  repository: PROJECT_EVENTS,
  organisation: [...PROJECT_EVENTS, 'project_events'].toSorted(),
  // Made, moved and removed projects come with every system hook.
  system: ['merge_requests_events', 'push_events', 'tag_push_events'],
};
/** What `list` looks for besides, because GitLab switches some of them on by itself. */
const UNWANTED = ['confidential_issues_events', 'confidential_note_events', 'repository_update_events'];

/**
 * Webhooks of GitLab: of projects, groups (a paid plan) and, for administrators, of the instance.
 * https://docs.gitlab.com/api/project_webhooks/ https://docs.gitlab.com/api/group_webhooks/ https://docs.gitlab.com/api/system_hooks/
 */
export function createGitLabHooks(client: ApiClient): HookApi {
  const create = async (place: HookPlace, hook: HookSpec) =>
    getHook((await client.send('POST', toPath(place), toBody(place, hook))).body, place);
  const remove = async (place: HookPlace, id: string) => {
    await client.send('DELETE', [...toPath(place), id], undefined, { accept: [404] });
  };
  return {
    levels: LEVELS,
    wantedEvents: (level) => EVENTS[level],
    async list(place) {
      const hooks = await readHooksAt(client, LINKED_PAGES, place, toPath(place), { per_page: '100' });
      return hooks.flatMap((hook) => toHook(hook, place) ?? []);
    },
    create,
    async update(place, id, hook) {
      // An edit does not switch on what GitLab has switched off after failures, and older versions have none for system hooks.
      const { ok, body } = await client.get([...toPath(place), id]);
      const isEditable = ok && toDisabledReason(body) === undefined && place.level !== 'system';
      if (isEditable) {
        return getHook((await client.send('PUT', [...toPath(place), id], toBody(place, hook))).body, place);
      }
      const made = await create(place, hook);
      await remove(place, id);
      return made;
    },
    remove,
  };
}

function toPath(place: HookPlace): readonly string[] {
  if (place.level === 'repository') return ['projects', `${place.owner}/${place.name}`, 'hooks'];
  return place.level === 'organisation' ? ['groups', place.owner, 'hooks'] : ['hooks'];
}

function toBody({ level }: HookPlace, { url, secret, events }: HookSpec) {
  const all = [...new Set([...EVENTS[level], ...UNWANTED, ...events])];
  return {
    url,
    ...(secret.startsWith(SIGNING_TOKEN_PREFIX) ? { signing_token: secret } : { token: secret }),
    ...Object.fromEntries(all.map((name) => [name, events.includes(name)])),
    enable_ssl_verification: true,
    ...(level === 'system' ? {} : { push_events_branch_filter: '', custom_webhook_template: '' }),
  };
}

function toHook(value: unknown, { level }: HookPlace): ForgeHook | undefined {
  const id = idAt(value, 'id');
  const url = textAt(value, 'url');
  if (id === undefined || url === undefined) return undefined;
  const problem = toDisabledReason(value);
  return {
    id,
    url,
    active: problem === undefined,
    events: EVENTS[level].filter((name) => booleanAt(value, name) === true),
    problem,
    hindrance: toHindrance(value),
  };
}

/** https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks */
function toDisabledReason(value: unknown): string | undefined {
  const status = textAt(value, 'alert_status');
  if (status === undefined || status === 'executable') return undefined;
  const until = textAt(value, 'disabled_until');
  return until === undefined
    ? 'GitLab switched it off after too many failed deliveries.'
    : `GitLab switched it off until ${until.slice(0, 40)} after failed deliveries.`;
}

function toHindrance(value: unknown): string | undefined {
  if (textAt(value, 'custom_webhook_template') !== undefined) return 'a custom template replaces what GitLab sends';
  const filter = textAt(value, 'push_events_branch_filter');
  return filter === undefined ? undefined : `a branch filter, ${filter.slice(0, 100)}, keeps other pushes back`;
}

function getHook(value: unknown, place: HookPlace): ForgeHook {
  const hook = toHook(value, place);
  if (hook === undefined) throw toUnreadable('the webhook it made');
  return hook;
}
