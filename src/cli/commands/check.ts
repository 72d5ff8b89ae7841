import { ACTIONS } from '../../actions/registry.ts';
import { ConfigError, toProblemLine } from '../../config/problem.ts';
import { createRuleSet } from '../../rules/rule-set.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig } from '../local-config.ts';
import { createColours, writeJson, writeLine } from '../terminal.ts';

/** Validates without starting anything. With `--json` problems are data on stdout, since they are what was asked for. */
export const check = defineCommand<ConfigOption>({
  path: 'check',
  summary: 'Check the configuration, expressions of rules too, without starting anything.',
  options: [CONFIG_OPTION],
  examples: ['fettle check', 'fettle check --config fettle.yaml --json'],
  async run({ config: path, json }, _args, cli) {
    const colours = createColours(cli.stdout, cli.environment);
    try {
      const loaded = await readLocalConfig(cli, path);
      createRuleSet(loaded.config, ACTIONS);
      if (json) {
        writeJson(cli, { ok: true, file: loaded.file, problems: [], warnings: loaded.warnings });
        return 0;
      }
      for (const warning of loaded.warnings) writeLine(cli, `${colours.yellow('warning')} ${toProblemLine(warning)}`);
      const forges = Object.keys(loaded.config.forges).length;
      const { rules, recipes } = loaded.config;
      writeLine(
        cli,
        `${colours.green('ok')} ${loaded.file ?? 'no file; environment and defaults'}: ${forges} forges, ${rules.length} rules, ${recipes.length} recipes`,
      );
      return 0;
    } catch (error) {
      if (!json || !(error instanceof ConfigError)) throw error;
      writeJson(cli, { ok: false, problems: error.problems, warnings: [] });
      return 2;
    }
  },
});
