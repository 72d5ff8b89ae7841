import { createRuleSet } from '../../rules/rule-set.ts';
import { RECIPES } from '../../rules/recipes.ts';
import { CONFIG_OPTION, type ConfigOption, defineCommand } from '../command.ts';
import { readLocalConfig } from '../local-config.ts';
import { toTable, writeJson, writeLine } from '../terminal.ts';

/** The rules in force, those of recipes spelled out, and the recipes that could be switched on. */
export const rulesList = defineCommand<ConfigOption>({
  path: 'rules list',
  summary: 'List the rules in force and the recipes that Fettle ships.',
  options: [CONFIG_OPTION],
  examples: ['fettle rules list'],
  async run({ config: path, json }, _args, cli) {
    const { config } = await readLocalConfig(cli, path);
    const { rules } = createRuleSet(config);
    const active = new Set(config.recipes.map((recipe) => recipe.name));
    const recipes = RECIPES.map(({ name, summary }) => ({ name, summary, active: active.has(name) }));
    if (json) {
      writeJson(cli, { rules, recipes });
      return 0;
    }
    writeLine(cli, rules.length === 0 ? 'No rules are in force.' : 'Rules in force:');
    const rows = rules.map((rule) => [
      `  ${rule.name}`,
      `on ${rule.on.join(', ')}`,
      `raises ${rule.do.trigger}`,
      rule.if === null ? '' : `if ${rule.if}`,
    ]);
    for (const line of toTable(rows)) writeLine(cli, line);
    writeLine(cli, 'Recipes:');
    const shown = recipes.map((recipe) => [`  ${recipe.name}`, recipe.active ? 'on' : 'off', recipe.summary]);
    for (const line of toTable(shown)) writeLine(cli, line);
    return 0;
  },
});
