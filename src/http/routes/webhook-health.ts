import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { listHooks, type ManagedHook } from '../../store/hooks.ts';
import { type KnownRepository, listRepositories } from '../../store/repositories.ts';
import { getPrincipal } from '../access/route-access.ts';
import type { GetDatabase } from '../../store/store.ts';
import { HookLevelShape, HookShape, HookStateShape, toHookShape } from './hook-shapes.ts';
import { Time, withProblems } from './shapes.ts';

const RepositoryHealth = z.object({
  forge: z.string(),
  fullName: z.string(),
  lastEventAt: Time.nullable().describe('Null when nothing ever came.'),
  lastEventType: z.string().nullable(),
  events: z.number().int().describe('Events ever received.'),
  hook: z
    .object({
      level: HookLevelShape.describe('What it hangs on: the repository itself, its organisation or the instance.'),
      state: HookStateShape,
      detail: z.string(),
      since: Time,
      checkedAt: Time,
    })
    .nullable()
    .describe('The webhook that Fettle installed and watches; null when somebody else made it.'),
});

const WebhookHealth = z.object({
  repositories: z.array(RepositoryHealth),
  hooks: z.array(HookShape).describe('Webhooks of organisations and instances, which stand for many repositories.'),
});

/** Which repositories are heard from, and whether their hooks are what they should be. */
export function registerWebhookHealthRoute(instance: FastifyInstance, getDb: GetDatabase): void {
  instance.withTypeProvider<ZodTypeProvider>().get(
    '/webhook/health',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The subscribed repositories, their last event and the state of their hook.',
        tags: ['health'],
        response: withProblems({ 200: WebhookHealth }),
      },
    },
    async (request) => {
      const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
      const hooks = await listHooks(getDb());
      const heardFrom = await listRepositories(getDb());
      const repositories = [...heardFrom, ...toNeverHeardFrom(hooks, heardFrom)];
      return {
        repositories: repositories
          .filter(({ fullName }) => isVisible(fullName))
          .map((repository) => ({
            forge: repository.forge,
            fullName: repository.fullName,
            lastEventAt: repository.lastEventAt?.toISOString() ?? null,
            lastEventType: repository.lastEventType,
            events: repository.events,
            hook: toHookHealth(findHookOf(repository, hooks)),
          })),
        hooks: hooks.filter(({ level }) => level !== 'repository' && isVisible(null)).map(toHookShape),
      };
    },
  );
}

type SeenRepository = Pick<KnownRepository, 'forge' | 'fullName' | 'events'> & {
  readonly lastEventAt: Date | null;
  readonly lastEventType: string | null;
};

/** Repositories with a hook of their own that never sent anything. */
function toNeverHeardFrom(hooks: readonly ManagedHook[], heardFrom: readonly KnownRepository[]): SeenRepository[] {
  const toKey = (forge: string, fullName: string) => `${forge} ${fullName.toLowerCase()}`;
  const known = new Set(heardFrom.map(({ forge, fullName }) => toKey(forge, fullName)));
  return hooks
    .filter(({ level, forge, place }) => level === 'repository' && !known.has(toKey(forge, place)))
    .map(({ forge, place }) => ({ forge, fullName: place, lastEventAt: null, lastEventType: null, events: 0 }));
}

/** The hook that speaks for a repository: its own, else that of the nearest organisation or group above it, else the instance's. */
function findHookOf({ forge, fullName }: SeenRepository, hooks: readonly ManagedHook[]): ManagedHook | undefined {
  const name = fullName.toLowerCase();
  return hooks
    .filter((hook) => hook.forge === forge && isAbove(hook, name))
    .toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || b.place.length - a.place.length)[0];
}

const LEVELS: readonly ManagedHook['level'][] = ['repository', 'organisation', 'system'];

function isAbove({ level, place }: ManagedHook, name: string): boolean {
  if (level === 'repository') return place.toLowerCase() === name;
  return level === 'system' || name.startsWith(`${place.toLowerCase()}/`);
}

function toHookHealth(hook: ManagedHook | undefined): z.infer<typeof RepositoryHealth>['hook'] {
  if (hook === undefined) return null;
  const { level, state, detail } = hook;
  return { level, state, detail, since: hook.since.toISOString(), checkedAt: hook.checkedAt.toISOString() };
}
