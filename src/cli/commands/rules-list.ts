import { ACTIONS } from '../../actions/registry.ts';
import type { RuleConfig } from '../../config/config.ts';
import { hideReferences } from '../../config/describe-config.ts';
import { TRIGGER_ACTION } from '../../config/rule-language.ts';
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
    const { rules } = createRuleSet(config, ACTIONS);
    const active = new Set(config.recipes.map((recipe) => recipe.name));
    const recipes = RECIPES.map(({ name, summary }) => ({ name, summary, active: active.has(name) }));
    if (json) {
      writeJson(cli, { rules: hideReferences(rules), recipes });
      return 0;
    }
    writeLine(cli, rules.length === 0 ? 'No rules are in force.' : 'Rules in force:');
    for (const line of toTable(rules.map(toRow))) writeLine(cli, line);
    writeLine(cli, 'Recipes:');
    const shown = recipes.map((recipe) => [`  ${recipe.name}`, recipe.active ? 'on' : 'off', recipe.summary]);
    for (const line of toTable(shown)) writeLine(cli, line);
    return 0;
  },
});

function toRow(rule: RuleConfig): string[] {
  const sources = [
    ...(rule.on.length === 0 ? [] : [`on ${rule.on.join(', ')}`]),
    ...(rule.schedule === null ? [] : [`at ${rule.schedule} ${rule.timezone ?? 'UTC'}`]),
  ];
  const actions = rule.do.map(({ action, input }) =>
    action === TRIGGER_ACTION ? `raises ${String(input['trigger'])}` : action,
  );
  const details = [
    ...(rule.enabled ? [] : ['switched off']),
    ...(['forges', 'repos', 'branches', 'paths', 'actors'] as const).flatMap((key) =>
      rule[key].length === 0 ? [] : [`${key} ${rule[key].join(', ')}`],
    ),
    ...(rule.if === null ? [] : [`if ${rule.if}`]),
    ...(rule.permission === null ? [] : [`permission ${rule.permission}`]),
  ];
  return [`  ${rule.name}`, sources.join(', '), actions.join(', '), details.join('; ')];
}
