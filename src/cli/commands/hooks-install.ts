import { z } from 'zod';
import { CONFIG_OPTION, defineCommand, type HubOptions, URL_OPTION } from '../command.ts';
import { changePlaces, getForgeName, PLACE_OPTIONS, type PlaceOptions, PlaceShape, toSummary } from '../hook-places.ts';
import { findHub } from '../hub-client.ts';
import { toHarmlessText, writeJson, writeLine } from '../terminal.ts';

interface Options extends HubOptions, PlaceOptions {
  readonly publicUrl?: string;
  readonly dryRun?: true;
}

const Found = z.object({
  address: z.string(),
  warnings: z.array(z.string()),
  places: z.array(PlaceShape),
  skipped: z.array(z.object({ place: z.string(), reason: z.string() })),
});

/** The hub does the work, a few places per request, so that each line is shown as it is done and Ctrl-C ends it between two. */
export const hooksInstall = defineCommand<Options>({
  path: 'hooks install',
  summary: 'Install webhooks to this hub on repositories, organisations or a whole instance.',
  description:
    'Installs a webhook to this hub in each place, with the events that Fettle understands, JSON and the secret. A webhook to the same address that is there already is adopted, never doubled. Run it again at any time: what is in order is left alone.',
  options: [
    ...PLACE_OPTIONS,
    { flags: '--public-url <url>', about: 'where the forge reaches the hub; default publicUrl of the configuration' },
    { flags: '--dry-run', about: 'show what would be done' },
    CONFIG_OPTION,
    URL_OPTION,
  ],
  examples: [
    "fettle hooks install --forge home --repos 'dataforge/*' --dry-run",
    "fettle hooks install --forge home --repos 'dataforge/*' --repos '!dataforge/attic'",
    "fettle hooks install --forge home --repos 'dataforge/*' --org",
  ],
  async run(options, _args, cli) {
    const forge = getForgeName(options);
    const { hub } = await findHub(options, cli);
    const address = options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl };
    const found = await hub.ask(Found, 'POST', '/api/v1/hooks/places', {
      forge,
      repos: options.repos ?? [],
      organisation: options.org === true,
      system: options.system === true,
      ...address,
    });
    const isQuiet = options.json === true;
    const isDryRun = options.dryRun === true;
    if (!isQuiet) {
      writeLine(cli, `Deliveries go to ${toHarmlessText(found.address)}`);
      for (const warning of found.warnings) cli.stderr.write(`warning: ${toHarmlessText(warning)}\n`);
      for (const { place, reason } of found.skipped) writeLine(cli, `skipped    ${toHarmlessText(place)}: ${reason}`);
    }
    const path = '/api/v1/hooks/apply';
    const changes = await changePlaces(cli, hub, found.places, {
      path,
      body: { forge, ...address },
      isQuiet,
      isDryRun,
    });
    if (isQuiet) {
      const { warnings, skipped } = found;
      writeJson(cli, { forge, address: found.address, dryRun: isDryRun, warnings, skipped, changes });
    } else {
      const words = changes.map(({ change }) => change);
      writeLine(
        cli,
        found.places.length === 0 ? 'No repository matches.' : `${isDryRun ? 'Would be: ' : ''}${toSummary(words)}.`,
      );
    }
    const hasFailed = changes.some(({ change }) => change === 'failed');
    if (hasFailed && !isQuiet)
      cli.stderr.write('Some failed. Run it again once the reason is gone; what is done stays done.\n');
    return hasFailed || found.places.length === 0 ? 1 : 0;
  },
});
