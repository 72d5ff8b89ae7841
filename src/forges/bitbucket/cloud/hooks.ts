import { type ApiClient, toUnreadable } from '../../api-client.ts';
import { readHooksAt, toNoSuchLevel } from '../../hook-place.ts';
import { CLOUD_PAGES } from '../../pages.ts';
import { booleanAt, idAt, listAt, textAt } from '../../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../../write-contract.ts';

const LEVELS = ['repository', 'organisation'] as const;

const EVENTS = [
  'issue:comment_created',
  'issue:created',
  'issue:updated',
  'pullrequest:approved',
  'pullrequest:changes_request_created',
  'pullrequest:changes_request_removed',
  'pullrequest:comment_created',
  'pullrequest:comment_deleted',
  'pullrequest:comment_reopened',
  'pullrequest:comment_resolved',
  'pullrequest:comment_updated',
  'pullrequest:created',
  'pullrequest:fulfilled',
  'pullrequest:push',
  'pullrequest:rejected',
  'pullrequest:unapproved',
  'pullrequest:updated',
  'repo:commit_comment_created',
  'repo:commit_status_created',
  'repo:commit_status_updated',
  'repo:created',
  'repo:deleted',
  'repo:fork',
  'repo:push',
  'repo:transfer',
  'repo:updated',
];

/**
 * Webhooks of Bitbucket Cloud, of repositories and workspaces. Only known events are taken, and not every one everywhere, so the forge
 * is asked what it offers.
 * https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/
 */
export function createCloudHooks(client: ApiClient): HookApi {
  const offered = new Map<string, Promise<ReadonlySet<string>>>();
  const toBody = async (place: HookPlace, { url, secret, events }: HookSpec) => {
    const subject = place.level === 'repository' ? 'repository' : 'workspace';
    const asked = offered.get(subject) ?? listOffered(client, subject);
    offered.set(subject, asked);
    const known = await asked.catch((error: unknown) => {
      offered.delete(subject);
      throw error;
    });
    return {
      description: 'Fettle',
      url,
      secret,
      active: true,
      events: events.filter((event) => known.has(event)),
      skip_cert_verification: false,
    };
  };
  return {
    levels: LEVELS,
    wantedEvents: () => EVENTS,
    async list(place) {
      const hooks = await readHooksAt(client, CLOUD_PAGES, place, toPath(place), { pagelen: '100' });
      return hooks.flatMap((hook) => toHook(hook) ?? []);
    },
    async create(place, hook) {
      return getHook((await client.send('POST', toPath(place), await toBody(place, hook))).body);
    },
    async update(place, id, hook) {
      return getHook((await client.send('PUT', [...toPath(place), id], await toBody(place, hook))).body);
    },
    async remove(place, id) {
      await client.send('DELETE', [...toPath(place), id], undefined, { accept: [404] });
    },
  };
}

async function listOffered(client: ApiClient, subject: string): Promise<ReadonlySet<string>> {
  const { body } = await client.send('GET', ['hook_events', subject], undefined, { query: { pagelen: '100' } });
  return new Set(listAt(body, 'values').flatMap((value) => textAt(value, 'event') ?? []));
}

function toPath(place: HookPlace): readonly string[] {
  if (place.level === 'repository') return ['repositories', place.owner, place.name, 'hooks'];
  if (place.level === 'organisation') return ['workspaces', place.owner, 'hooks'];
  throw toNoSuchLevel(place, LEVELS);
}

function toHook(value: unknown): ForgeHook | undefined {
  const id = idAt(value, 'uuid');
  const url = textAt(value, 'url');
  if (id === undefined || url === undefined) return undefined;
  const events = listAt(value, 'events').filter((event) => typeof event === 'string');
  return { id, url, active: booleanAt(value, 'active') === true, events: events.toSorted() };
}

function getHook(value: unknown): ForgeHook {
  const hook = toHook(value);
  if (hook === undefined) throw toUnreadable('the webhook it made');
  return hook;
}
