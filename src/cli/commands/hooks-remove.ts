import { FettleError } from '../../core/errors.ts';
import { createGlobMatcher } from '../../core/glob.ts';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import {
  changePlaces,
  getForgeName,
  InstalledHooks,
  type Place,
  PLACE_OPTIONS,
  type PlaceOptions,
  toSummary,
} from '../hook-places.ts';
import { findHub } from '../hub-client.ts';
import { writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions, PlaceOptions {
  readonly dryRun?: true;
}

export const hooksRemove = defineCommand<Options>({
  path: 'hooks remove',
  summary: 'Remove webhooks that Fettle installed.',
  description:
    'Removes webhooks that Fettle installed or adopted, from the forge and from what it watches. Those of others, and one that somebody has sent elsewhere, stay.',
  options: [...PLACE_OPTIONS, { flags: '--dry-run', about: 'show what would be removed' }, CONFIG_OPTION, URL_OPTION],
  examples: [
    "fettle hooks remove --forge home --repos 'dataforge/*' --dry-run",
    "fettle hooks remove --forge home --repos 'dataforge/*' --org",
  ],
  async run(options, _args, cli) {
    const forge = getForgeName(options);
    const isWanted = toFilter(options);
    const { hub } = await findHub(options, cli);
    const query = new URLSearchParams({ forge }).toString();
    const { hooks } = await hub.ask(InstalledHooks, 'GET', `/api/v1/hooks?${query}`);
    const places = hooks.filter(isWanted);
    const isQuiet = options.json === true;
    const isDryRun = options.dryRun === true;
    const path = '/api/v1/hooks/remove';
    const changes = await changePlaces(cli, hub, places, { path, body: { forge }, isQuiet, isDryRun });
    if (isQuiet) writeJson(cli, { forge, dryRun: isDryRun, changes });
    else if (places.length === 0) writeLine(cli, 'Fettle installed no such webhook.');
    else writeLine(cli, `${isDryRun ? 'Would be: ' : ''}${toSummary(changes.map(({ change }) => change))}.`);
    return changes.some(({ change }) => change === 'failed') ? 1 : 0;
  },
});

/** Which of the installed webhooks are meant. */
function toFilter({ repos = [], org, system }: PlaceOptions): (place: Place) => boolean {
  if (system) return ({ level }) => level === 'system';
  if (repos.length === 0) {
    throw new FettleError(
      'invalid_request',
      "Say which: --repos 'dataforge/*', with --org for its organisation; --repos '**' for all.",
    );
  }
  const globs = org ? repos.map((glob) => glob.replace(/\/\*{1,2}$/, '')) : repos;
  const matches = createGlobMatcher(globs);
  return ({ level, place }) => level === (org ? 'organisation' : 'repository') && matches(place);
}
