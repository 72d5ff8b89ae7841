import { type ApiClient, toUnreadable } from '../api-client.ts';
import { toNoSuchLevel, toPlaceRefused } from '../hook-place.ts';
import { type JsonObject, listAt, objectAt, textAt } from '../read.ts';
import type { ForgeHook, HookApi, HookPlace, HookSpec } from '../write-contract.ts';
import { findProjectId } from './repositories.ts';

const LEVELS = ['repository', 'organisation'] as const;
const EVENTS = ['BUILD', 'CODE_COMMENT', 'CODE_PUSH', 'ISSUE', 'PACKAGE', 'PULL_REQUEST'];

/**
 * Webhooks of OneDev. They are a part of a project's settings, which are written as a whole, and have no id: the address stands for it.
 * Those of a project hold for the projects below it, so an "organisation" is a project with others below.
 */
export function createOneDevHooks(client: ApiClient): HookApi {
  const put = async (place: HookPlace, id: string | undefined, hook: HookSpec) => {
    const made = { postUrl: hook.url, secret: hook.secret, eventTypes: hook.events };
    await changeHooks(client, place, (hooks) => {
      const old = hooks.find((each) => textAt(each, 'postUrl') === id);
      const others = hooks.filter((each) => ![id, hook.url].includes(textAt(each, 'postUrl')));
      return [...others, { ...objectAt(old), ...made }];
    });
    const found = toHook(made);
    if (found === undefined) throw toUnreadable('the webhook it made');
    return found;
  };
  return {
    levels: LEVELS,
    wantedEvents: () => EVENTS,
    async list(place) {
      const { settings } = await getSettings(client, place);
      return listAt(settings, 'webHooks').flatMap((hook) => toHook(hook) ?? []);
    },
    create: (place, hook) => put(place, undefined, hook),
    update: put,
    async remove(place, id) {
      await changeHooks(client, place, (hooks) => hooks.filter((each) => textAt(each, 'postUrl') !== id));
    },
  };
}

async function getSettings(client: ApiClient, place: HookPlace): Promise<{ path: string[]; settings: JsonObject }> {
  if (place.level === 'system') throw toNoSuchLevel(place, LEVELS);
  const name = place.level === 'organisation' ? place.owner : [place.owner, place.name].filter(Boolean).join('/');
  const id = await findProjectId(client, name);
  if (id === undefined) throw toPlaceRefused(place, { status: 404 });
  const path = ['projects', id, 'setting'];
  const answer = await client.get(path);
  if (!answer.ok) throw toPlaceRefused(place, answer);
  const settings = objectAt(answer.body);
  if (settings === undefined) throw toUnreadable('the settings of the project');
  return { path, settings };
}

async function changeHooks(
  client: ApiClient,
  place: HookPlace,
  change: (hooks: readonly unknown[]) => readonly unknown[],
): Promise<void> {
  const { path, settings } = await getSettings(client, place);
  // What is left out would be reset, so everything goes back as it came.
  await client.send('POST', path, { ...settings, webHooks: change(listAt(settings, 'webHooks')) });
}

function toHook(value: unknown): ForgeHook | undefined {
  const url = textAt(value, 'postUrl');
  if (url === undefined) return undefined;
  const events = listAt(value, 'eventTypes').filter((event) => typeof event === 'string');
  return { id: url, url, active: true, events: events.toSorted() };
}
