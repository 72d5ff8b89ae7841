import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createRepositoryFilter } from '../../core/access.ts';
import { FettleError } from '../../core/errors.ts';
import type { HookChange } from '../../hooks/contract.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import type { RotationState } from '../../hooks/rotation.ts';
import { type HookKey, listHooks } from '../../store/hooks.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal, requireAllRepositories } from '../access/route-access.ts';
import { HookLevelShape, HookShape, HookStateShape, toHookShape } from './hook-shapes.ts';
import { Time, withProblems } from './shapes.ts';

/** So that one request ends in seconds: whoever has more places asks again with the next ones, and can show how far it is. */
const MAX_PLACES = 20;

const PlaceShape = z.object({
  level: HookLevelShape,
  place: z
    .string()
    .max(500)
    .regex(/^\P{Cc}*$/u, 'must not hold control characters')
    .describe('Full name of the repository, name of the organisation, or empty for the instance.'),
});
const ForgeName = z.string().min(1).max(100).describe('Name of a configured forge.');
const Places = z.array(PlaceShape).min(1).max(MAX_PLACES);
const DryRun = z.boolean().default(false).describe('Say what would be done, and do nothing.');
const PublicUrl = z.string().max(2_000).nullish().describe('Where the forge reaches the hub, instead of publicUrl.');

const ChangesShape = z.object({
  changes: z.array(
    PlaceShape.extend({
      change: z.enum(['created', 'adopted', 'updated', 'unchanged', 'removed', 'absent', 'failed']),
      detail: z.string().describe('Why; empty where the change says it all.'),
      code: z.string().optional().describe('Error code of a failure.'),
    }),
  ),
});

const RotationShape = z.object({
  forge: z.string(),
  generated: z.boolean().describe('Fettle made the secrets and changes them itself.'),
  accepted: z.number().int().describe('Secrets that are accepted now.'),
  hooks: z.number().int().describe('Webhooks that Fettle installed.'),
  behind: z.array(PlaceShape).describe('Those that do not carry the newest secret yet.'),
  dropOldAt: Time.nullable().describe('When the old secrets go.'),
});

/** Webhooks on forges: which are installed, and installing, comparing and removing them. No answer holds a secret. */
export function registerHookRoutes(
  instance: FastifyInstance,
  { getDb, hooks }: { readonly getDb: GetDatabase; readonly hooks: Hooks },
): void {
  const app = instance.withTypeProvider<ZodTypeProvider>();

  app.get(
    '/api/v1/hooks',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'The installed webhooks and their states.',
        tags: ['hooks'],
        querystring: z.object({ forge: ForgeName.optional() }),
        response: withProblems({ 200: z.object({ hooks: z.array(HookShape) }) }),
      },
    },
    async (request) => {
      const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
      const installed = await listHooks(getDb(), request.query.forge);
      return { hooks: installed.filter((hook) => isVisible(toRepository(hook))).map(toHookShape) };
    },
  );

  app.post(
    '/api/v1/hooks/places',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The places that some repositories mean, and the address that would be installed there.',
        tags: ['hooks'],
        body: z.object({
          forge: ForgeName,
          repos: z.array(z.string().min(1).max(300)).max(100).default([]).describe('Names or globs.'),
          organisation: z.boolean().default(false).describe('Their organisations instead of each of them.'),
          system: z.boolean().default(false).describe('The whole instance.'),
          publicUrl: PublicUrl,
        }),
        response: withProblems({
          200: z.object({
            address: z.string(),
            warnings: z.array(z.string()).describe('What may keep deliveries from arriving there.'),
            places: z.array(PlaceShape),
            skipped: z.array(z.object({ place: z.string(), reason: z.string() })),
          }),
        }),
      },
    },
    async (request) => {
      const { publicUrl, ...query } = request.body;
      const described = hooks.describeAddress(query.forge, publicUrl ?? null);
      if (query.organisation || query.system) requireAllRepositories(request);
      const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
      const { places, skipped } = await hooks.findPlaces(query);
      return {
        address: described.address,
        warnings: [...described.warnings],
        places: places.filter((key) => isVisible(toRepository(key))).map(({ level, place }) => ({ level, place })),
        skipped: skipped.filter(({ place }) => isVisible(place)),
      };
    },
  );

  app.post(
    '/api/v1/hooks/apply',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Make sure that each place has one webhook to this hub and that it is in order.',
        tags: ['hooks'],
        body: z.object({
          forge: ForgeName,
          places: Places,
          dryRun: DryRun,
          publicUrl: PublicUrl,
          keepAddress: z.boolean().default(false).describe('Leave each at the address it was installed with.'),
        }),
        response: withProblems({ 200: ChangesShape }),
      },
    },
    async (request) => {
      const { forge, dryRun, publicUrl, keepAddress } = request.body;
      const places = toKeys(request, request.body);
      const address = keepAddress ? null : hooks.describeAddress(forge, publicUrl ?? null).address;
      const by = getPrincipal(request).name;
      return { changes: (await hooks.apply({ forge, places, address, dryRun, by })).map(toChangeShape) };
    },
  );

  app.post(
    '/api/v1/hooks/remove',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove installed webhooks from the forge and forget them.',
        tags: ['hooks'],
        body: z.object({ forge: ForgeName, places: Places, dryRun: DryRun }),
        response: withProblems({ 200: ChangesShape }),
      },
    },
    async (request) => {
      const { forge, dryRun } = request.body;
      const places = toKeys(request, request.body);
      const by = getPrincipal(request).name;
      return { changes: (await hooks.remove({ forge, places, dryRun, by })).map(toChangeShape) };
    },
  );

  app.post(
    '/api/v1/hooks/verify',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Compare installed webhooks with what the forge has now.',
        tags: ['hooks'],
        body: z.object({ forge: ForgeName, places: Places }),
        response: withProblems({
          200: z.object({ hooks: z.array(PlaceShape.extend({ state: HookStateShape, detail: z.string() })) }),
        }),
      },
    },
    async (request) => {
      const found = await hooks.verify(request.body.forge, toKeys(request, request.body));
      return { hooks: found.map(({ level, place, state, detail }) => ({ level, place, state, detail })) };
    },
  );

  app.get(
    '/api/v1/hooks/rotations/:forge',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Where changing the webhook secret of a forge stands.',
        tags: ['hooks'],
        params: z.object({ forge: ForgeName }),
        response: withProblems({ 200: RotationShape }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      return toRotationShape(await hooks.readRotation(request.params.forge));
    },
  );

  app.post(
    '/api/v1/hooks/rotations/:forge',
    {
      config: { access: 'admin' },
      schema: {
        summary:
          'Begin to change the webhook secret of a forge, or go on with it. Then apply to the places that are behind.',
        tags: ['hooks'],
        params: z.object({ forge: ForgeName }),
        response: withProblems({
          200: RotationShape.extend({
            step: z
              .enum(['begun', 'continues', 'settled', 'by-hand'])
              .describe('by-hand: the configuration names the secret, and a person must put a new one first there.'),
          }),
        }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      const begun = await hooks.beginRotation(request.params.forge);
      return { ...toRotationShape(begun), step: begun.step };
    },
  );

  app.post(
    '/api/v1/hooks/rotations/:forge/finish',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Let the old secrets go in a day, or now, once all webhooks carry the new one.',
        tags: ['hooks'],
        params: z.object({ forge: ForgeName }),
        body: z.object({ dropOld: z.boolean().default(false).describe('Now.') }),
        response: withProblems({ 200: RotationShape }),
      },
    },
    async (request) => {
      requireAllRepositories(request);
      return toRotationShape(await hooks.finishRotation(request.params.forge, request.body.dropOld));
    },
  );
}

/** The repository that a place belongs to; what is above repositories belongs to none. */
function toRepository({ level, place }: Pick<HookKey, 'level' | 'place'>): string | null {
  return level === 'repository' ? place : null;
}

/** @throws FettleError `forbidden` for a place beyond the scopes of whoever asks. */
function toKeys(
  request: FastifyRequest,
  { forge, places }: { readonly forge: string; readonly places: readonly z.infer<typeof PlaceShape>[] },
): HookKey[] {
  const isVisible = createRepositoryFilter(getPrincipal(request).scopes);
  const outside = places.find((place) => !isVisible(toRepository(place)));
  if (outside === undefined) return places.map(({ level, place }) => ({ forge, level, place }));
  throw new FettleError(
    'forbidden',
    `Your token is limited to some repositories, and ${toText(outside)} is not one of them.`,
  );
}

function toText({ level, place }: Pick<HookKey, 'level' | 'place'>): string {
  return level === 'system' ? 'the whole instance' : JSON.stringify(place);
}

function toChangeShape({ level, place, change, detail, code }: HookChange) {
  return { level, place, change, detail, ...(code === undefined ? {} : { code }) };
}

function toRotationShape(state: RotationState): z.infer<typeof RotationShape> {
  const { forge, generated, accepted, hooks, behind, dropOldAt } = state;
  return {
    forge,
    generated,
    accepted,
    hooks,
    behind: behind.map(({ level, place }) => ({ level, place })),
    dropOldAt: dropOldAt?.toISOString() ?? null,
  };
}
