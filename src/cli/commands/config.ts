import { toRedactedConfig } from '../../config/describe-config.ts';
import { isMapValue } from '../../config/tree.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig } from '../local-config.ts';
import { createColours, toTable, writeJson, writeLine } from '../terminal.ts';

/** What is in force, and why. */
export const config = defineCommand<ConfigOption>({
  path: 'config',
  summary: 'Print the configuration in force, without secrets, and where each value comes from.',
  options: [CONFIG_OPTION],
  examples: ['fettle config', 'fettle config --json'],
  async run({ config: path, json }, _args, cli) {
    const redacted = toRedactedConfig(await readLocalConfig(cli, path));
    if (json) {
      writeJson(cli, redacted);
      return 0;
    }
    const colours = createColours(cli.stdout, cli.environment);
    const sources = redacted['sources'] as Readonly<Record<string, string>>;
    const rows = toLeaves(redacted['config'], '').map(([name, text]) => {
      const source = findSource(name, sources);
      return [name, text, source === undefined || source === 'default' ? '' : colours.dim(source)];
    });
    for (const line of toTable(rows)) writeLine(cli, line);
    return 0;
  },
});

/** Every value of the tree, with its path. Lists of plain values are one value. */
function toLeaves(value: unknown, path: string): (readonly [string, string])[] {
  if (Array.isArray(value) && value.some(isMapValue)) return value.flatMap((one, i) => toLeaves(one, `${path}[${i}]`));
  if (isMapValue(value)) {
    return Object.entries(value).flatMap(([key, inner]) => toLeaves(inner, path === '' ? key : `${path}.${key}`));
  }
  return [[path, typeof value === 'string' ? value : JSON.stringify(value)]];
}

/** Values in units have a path of their own (`retentionMs`); their source is that of the option (`retention`). */
function findSource(path: string, sources: Readonly<Record<string, string>>): string | undefined {
  const option = path.replace(/(Ms|Bytes)$/, '');
  const whole = path.replace(/[[.].*$/, '');
  return sources[option] ?? sources[whole];
}
