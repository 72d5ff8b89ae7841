import { FettleError } from '../core/errors.ts';
import type { ApiAnswer, ApiClient, Query } from './api-client.ts';
import type { PageStyle } from './pages.ts';
import type { HookPlace } from './write-contract.ts';

/** What the webhooks of all kinds of forges share: their places, and reading the list of a place. */

/** A place in words. */
export function toPlaceText(place: HookPlace): string {
  if (place.level === 'repository') return `${place.owner}/${place.name}`;
  return place.level === 'organisation' ? place.owner : 'the whole instance';
}

/** More hooks than any forge allows in one place. */
const MAX_PAGES = 50;

/**
 * The webhooks of a place as the forge words them.
 * @throws FettleError `access_refused` or `upstream_refused` with what to do when the token may not see them or there is no such place.
 */
export async function readHooksAt(
  client: ApiClient,
  style: PageStyle,
  place: HookPlace,
  path: readonly string[],
  query: Query = {},
): Promise<readonly unknown[]> {
  const hooks: unknown[] = [];
  let next: Query | undefined = query;
  for (let page = 0; next !== undefined && page < MAX_PAGES; page += 1) {
    const asked: Query = next;
    const answer = await client.get(path, asked);
    if (!answer.ok) throw toPlaceRefused(place, answer);
    hooks.push(...style.toItems(answer));
    next = style.toNext(answer, asked);
  }
  return hooks;
}

/** Why a place cannot be worked on; forges say 404 as well where they do not want to tell that something exists. */
export function toPlaceRefused(place: HookPlace, { status }: Pick<ApiAnswer, 'status'>): FettleError {
  const text = toPlaceText(place);
  if (status === 403) {
    const detail = `The forge answered 403 for the webhooks of ${text}: the token is known there but may not administrate them. Give it the right, see docs/forges.md.`;
    return new FettleError('access_refused', detail);
  }
  const what = place.level === 'system' ? 'webhooks of the whole instance' : `${place.level} ${text}`;
  return new FettleError(
    'upstream_refused',
    `The forge answered ${status}: there is no ${what}, or the token may not administrate it.`,
  );
}

/** The failure for a place of a level that the kind of forge does not have. */
export function toNoSuchLevel(place: HookPlace, levels: readonly HookPlace['level'][]): FettleError {
  return new FettleError(
    'invalid_request',
    `This kind of forge has no webhooks at the level ${place.level}; it has them at: ${levels.join(', ')}.`,
  );
}

/** The failure of listing the repositories of an owner that is not there. */
export function toOwnerRefused(owner: string): FettleError {
  return new FettleError(
    'upstream_refused',
    `The forge knows no organisation, group or person ${JSON.stringify(owner.slice(0, 200))}, or the token may not see it.`,
  );
}
