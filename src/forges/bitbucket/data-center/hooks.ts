import { type ApiClient, type ApiAnswer, toUnreadable } from '../../api-client.ts';
import { readHooksAt, toNoSuchLevel } from '../../hook-place.ts';
import { DATA_CENTER_PAGES } from '../../pages.ts';
import { booleanAt, idAt, listAt, textAt } from '../../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../../write-contract.ts';

const LEVELS = ['repository', 'organisation'] as const;

const EVENTS = [
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
  'pr:reviewer:needs_work',
  'pr:reviewer:unapproved',
  'pr:reviewer:updated',
  'pr:to_ref_updated',
  'repo:comment:added',
  'repo:comment:deleted',
  'repo:comment:edited',
  'repo:forked',
  'repo:modified',
  'repo:refs_changed',
];

/** Newer versions know the event by another name and refuse the old one. */
const RENAMED: Readonly<Record<string, string>> = { 'pr:reviewer:needs_work': 'pr:reviewer:changes_requested' };

/**
 * Webhooks of Bitbucket Data Center, of repositories and projects; those of a project hold for all its repositories.
 * https://developer.atlassian.com/server/bitbucket/rest/latest/api-group-repository/
 */
export function createDataCenterHooks(client: ApiClient): HookApi {
  const put = async (method: 'POST' | 'PUT', path: readonly string[], hook: HookSpec) => {
    const first = await client.send(method, path, toBody(hook), { accept: [400] });
    if (first.ok) return getHook(first.body);
    const events = hook.events.map((event) => RENAMED[event] ?? event);
    return getHook((await client.send(method, path, toBody({ ...hook, events }))).body);
  };
  return {
    levels: LEVELS,
    wantedEvents: () => EVENTS,
    async list(place) {
      const hooks = await readHooksAt(client, DATA_CENTER_PAGES, place, toPath(place), { limit: '100' });
      return hooks.filter((hook) => isOwn(hook, place)).flatMap((hook) => toHook(hook) ?? []);
    },
    create: (place, hook) => put('POST', toPath(place), hook),
    update: (place, id, hook) => put('PUT', [...toPath(place), id], hook),
    async remove(place, id) {
      await client.send('DELETE', [...toPath(place), id], undefined, { accept: [404] });
    },
  };
}

function toPath(place: HookPlace): readonly string[] {
  if (place.level === 'repository') return ['projects', place.owner, 'repos', place.name, 'webhooks'];
  if (place.level === 'organisation') return ['projects', place.owner, 'webhooks'];
  throw toNoSuchLevel(place, LEVELS);
}

/** The list of a repository may name the hooks that it inherits from its project; those hang elsewhere. */
function isOwn(hook: unknown, { level }: HookPlace): boolean {
  const scope = textAt(hook, 'scopeType');
  return scope === undefined || scope === (level === 'repository' ? 'repository' : 'project');
}

function toBody({ url, secret, events }: HookSpec) {
  return {
    name: 'Fettle',
    url,
    active: true,
    events,
    configuration: { secret },
    sslVerificationRequired: true,
  };
}

function toHook(value: unknown): ForgeHook | undefined {
  const id = idAt(value, 'id');
  const url = textAt(value, 'url');
  if (id === undefined || url === undefined) return undefined;
  const events = listAt(value, 'events').filter((event) => typeof event === 'string');
  return { id, url, active: booleanAt(value, 'active') === true, events: events.toSorted() };
}

function getHook(value: ApiAnswer['body']): ForgeHook {
  const hook = toHook(value);
  if (hook === undefined) throw toUnreadable('the webhook it made');
  return hook;
}
