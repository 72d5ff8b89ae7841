import type { ForgeConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import type { Repository } from '../core/event.ts';
import { createGlobMatcher } from '../core/glob.ts';
import type { RepositoryApi } from '../forges/write-contract.ts';
import type { HookKey } from '../store/hooks.ts';
import type { FoundPlaces, HookPorts, PlaceQuery } from './contract.ts';
import { getForge, getHookApi, requireLevel } from './forge-work.ts';

const GLOB = /[*?[\]{}!]/;
/** More than anybody means; a glob that takes a whole public forge is refused rather than followed. */
const MAX_PLACES = 10_000;

/**
 * The places that somebody means. A name without wildcards is taken as it is, so that a repository that is not there fails by name; a
 * glob is looked up among the repositories of its owner, or where the owner has wildcards too, among all that the account has to do with.
 * @throws FettleError `invalid_request`, and what the forge answers.
 */
export async function findPlaces(ports: HookPorts, query: PlaceQuery): Promise<FoundPlaces> {
  const forge = getForge(ports, query.forge);
  const { hooks, repositories } = getHookApi(ports, forge);
  const level = query.system ? 'system' : query.organisation ? 'organisation' : 'repository';
  requireLevel(hooks, level, forge);
  if (query.system) return { places: [{ forge: forge.name, level, place: '' }], skipped: [] };
  if (query.repos.length === 0) {
    throw new FettleError('invalid_request', "Say which repositories: --repos 'dataforge/*' or --repos dataforge/app.");
  }
  if (query.organisation) {
    const owners = new Set(query.repos.map(toOwner));
    return { places: [...owners].toSorted().map((place) => ({ forge: forge.name, level, place })), skipped: [] };
  }
  return toPlaces(forge, await findRepositories(repositories, query.repos));
}

type Named = Pick<Repository, 'fullName' | 'archived'>;

async function findRepositories(api: RepositoryApi | undefined, globs: readonly string[]): Promise<Named[]> {
  const found = new Map<string, Named>();
  const add = (repository: Named) => {
    const key = repository.fullName.toLowerCase();
    if (!found.has(key)) found.set(key, repository);
    if (found.size > MAX_PLACES) {
      throw new FettleError('invalid_request', `More than ${MAX_PLACES} repositories match; name fewer.`);
    }
  };
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  for (const name of wanted.filter((glob) => !GLOB.test(glob))) add({ fullName: name });
  const patterns = wanted.filter((glob) => GLOB.test(glob));
  if (patterns.length > 0 && api === undefined) {
    throw new FettleError('invalid_request', 'Repositories of this kind of forge cannot be listed; name each of them.');
  }
  const matches = createGlobMatcher(patterns);
  for (const owner of toSources(patterns)) {
    for await (const repository of api?.list(owner) ?? []) {
      if (matches(repository.fullName)) add(repository);
    }
  }
  const isWanted = createGlobMatcher(globs.filter((glob) => glob.startsWith('!')));
  return [...found.values()].filter(({ fullName }) => isWanted(fullName));
}

/** Whose repositories are to be listed for some globs; one list of everything stands for all others. */
function toSources(globs: readonly string[]): readonly (string | undefined)[] {
  const owners = new Set(globs.map(findLiteralOwner));
  return owners.has(undefined) ? [undefined] : [...owners];
}

/** What stands before the first wildcard, whole parts only: `group/sub/*` is in `group/sub`. */
function findLiteralOwner(glob: string): string | undefined {
  const start = glob.slice(0, glob.search(GLOB));
  const slash = start.lastIndexOf('/');
  return slash < 1 ? undefined : start.slice(0, slash);
}

/** The organisation that `dataforge/*`, `dataforge/**` and `dataforge` mean. */
function toOwner(glob: string): string {
  const owner = glob.replace(/\/\*{1,2}$/, '');
  if (owner !== '' && !GLOB.test(owner)) return owner;
  throw new FettleError(
    'invalid_request',
    `A webhook of an organisation hears of all its repositories, so ${JSON.stringify(glob)} cannot be one. Write --repos 'dataforge/*' --org.`,
  );
}

function toPlaces(forge: ForgeConfig, repositories: readonly Named[]): FoundPlaces {
  const sorted = repositories.toSorted((a, b) => (a.fullName < b.fullName ? -1 : 1));
  const places = sorted
    .filter(({ archived }) => archived !== true)
    .map(({ fullName }): HookKey => ({ forge: forge.name, level: 'repository', place: fullName }));
  const archived = sorted.filter((repository) => repository.archived === true);
  return { places, skipped: archived.map(({ fullName }) => ({ place: fullName, reason: 'It is archived.' })) };
}
