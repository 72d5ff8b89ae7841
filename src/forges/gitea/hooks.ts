import { type ApiClient, toUnreadable } from '../api-client.ts';
import { readHooksAt, toNoSuchLevel } from '../hook-place.ts';
import { createCountedPages } from '../pages.ts';
import { booleanAt, idAt, listAt, textAt } from '../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../write-contract.ts';

/** Where Gogs differs from Gitea and Forgejo. */
export interface HookDialect {
  readonly type: 'gitea' | 'gogs';
  readonly levels: HookApi['levels'];
  readonly events: readonly string[];
}

/**
 * `issues` and `pull_request` stand for all their kinds, reviews and comments on pull requests too. The `action_run_*` are Forgejo's; a
 * server leaves out what it does not know and says in its answer what it took.
 */
export const GITEA_HOOKS: HookDialect = {
  type: 'gitea',
  levels: ['repository', 'organisation', 'system'],
  events: [
    'action_run_failure',
    'action_run_recover',
    'action_run_success',
    'create',
    'delete',
    'fork',
    'issue_comment',
    'issues',
    'package',
    'pull_request',
    'push',
    'release',
    'repository',
    'status',
    'wiki',
    'workflow_job',
    'workflow_run',
  ],
};

export const GOGS_HOOKS: HookDialect = {
  type: 'gogs',
  levels: ['repository'],
  events: ['create', 'delete', 'fork', 'issue_comment', 'issues', 'pull_request', 'push', 'release'],
};

/** Types whose bodies we understand; the others post to chats. */
const TYPES = new Set(['gitea', 'gogs', 'forgejo']);
const PAGE_SIZE = '50';

/**
 * Webhooks of Gitea, Forgejo and Gogs. An edit cannot change the secret, so a hook is changed by making another and removing the old
 * one, in this order: for a moment both send, which is folded, and nothing is lost.
 * https://docs.gitea.com/api/ (repository: `/repos/{owner}/{repo}/hooks`) https://github.com/gogs/docs-api
 */
export function createGiteaHooks(client: ApiClient, dialect: HookDialect): HookApi {
  const toPath = (place: HookPlace) => toHooksPath(place, dialect.levels);
  const create = async (place: HookPlace, hook: HookSpec) => {
    const { body } = await client.send('POST', toPath(place), {
      type: dialect.type,
      // The default is a hook that is switched off.
      active: true,
      events: hook.events,
      config: {
        url: hook.url,
        content_type: 'json',
        secret: hook.secret,
        // Without it, an instance's hook is only a pattern for repositories that are made later.
        ...(place.level === 'system' ? { is_system_webhook: 'true' } : {}),
      },
    });
    return getHook(body);
  };
  const remove = async (place: HookPlace, id: string) => {
    await client.send('DELETE', [...toPath(place), id], undefined, { accept: [404] });
  };
  return {
    levels: dialect.levels,
    wantedEvents: () => dialect.events,
    async list(place) {
      const query = { limit: PAGE_SIZE, ...(place.level === 'system' ? { type: 'system' } : {}) };
      const hooks = await readHooksAt(client, createCountedPages(), place, toPath(place), query);
      return hooks.filter((hook) => TYPES.has(textAt(hook, 'type') ?? '')).flatMap((hook) => toHook(hook) ?? []);
    },
    create,
    async update(place, id, hook) {
      const made = await create(place, hook);
      await remove(place, id);
      return made;
    },
    remove,
  };
}

function toHooksPath(place: HookPlace, levels: HookApi['levels']): readonly string[] {
  if (!levels.includes(place.level)) throw toNoSuchLevel(place, levels);
  if (place.level === 'repository') return ['repos', place.owner, place.name, 'hooks'];
  return place.level === 'organisation' ? ['orgs', place.owner, 'hooks'] : ['admin', 'hooks'];
}

function toHook(value: unknown): ForgeHook | undefined {
  const id = idAt(value, 'id');
  const url = textAt(value, 'config', 'url');
  if (id === undefined || url === undefined) return undefined;
  const filter = textAt(value, 'branch_filter');
  return {
    id,
    url,
    active: booleanAt(value, 'active') === true,
    events: textsOf(listAt(value, 'events')),
    contentType: textAt(value, 'config', 'content_type'),
    hindrance:
      filter === undefined || filter === '*'
        ? undefined
        : `a branch filter, ${filter.slice(0, 100)}, keeps other branches back`,
  };
}

function getHook(value: unknown): ForgeHook {
  const hook = toHook(value);
  if (hook === undefined) throw toUnreadable('the webhook it made');
  return hook;
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string').toSorted();
}
