import { toSecretText, toSummaryLines } from '../config/describe-config.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import type { Cli } from './cli.ts';
import { createColours, toTable } from './terminal.ts';

/** What a person wants to see first: the address, where to point the forges, and what was configured. Shows no secret. */
export function toBanner(url: string, loaded: LoadedConfig, cli: Cli): string {
  const { config, sources, warnings } = loaded;
  const colours = createColours(cli.stdout, cli.environment);
  const reachable = (config.publicUrl ?? url).replace(/\/+$/, '');
  const forges = Object.values(config.forges).map((forge) => [
    `  ${forge.name}`,
    `${reachable}/webhook/${forge.name}`,
    forge.unsigned
      ? colours.red('UNSIGNED: anybody can send here')
      : `secret ${toSecretText(sources.get(`forges.${forge.name}.secret`))}`,
  ]);
  const settings = toSummaryLines(loaded).filter((line) => !line.startsWith('forge '));
  return [
    '',
    `${colours.bold('Fettle')} ${cli.version} runs at ${colours.bold(url)}`,
    '',
    'Enter these addresses as webhooks in your forges; `fettle forge secret <name>` shows the secret.',
    ...toTable(forges),
    '',
    `data directory: ${config.dataDir}`,
    `database: ${config.database.url === null ? 'embedded, in the data directory' : 'PostgreSQL'}`,
    ...settings,
    ...warnings.map((warning) => colours.yellow(`warning: ${warning.variable ?? warning.path}: ${warning.message}`)),
    '',
  ].join('\n');
}
