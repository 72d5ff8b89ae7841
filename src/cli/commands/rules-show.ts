import { stringify } from 'yaml';
import type { RuleConfig } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import { RECIPES } from '../../rules/recipes.ts';
import { defineCommand } from '../command.ts';
import { writeJson, writeLine } from '../terminal.ts';

/** What a recipe stands for, as YAML that can replace it in `fettle.yaml` and then be changed. */
export const rulesShow = defineCommand({
  path: 'rules show',
  summary: 'Print the rules of a recipe as YAML, to be pasted and changed.',
  arguments: [{ name: '<recipe>', about: `one of ${RECIPES.map((recipe) => recipe.name).join(', ')}` }],
  examples: ['fettle rules show event-bridge', 'fettle rules show event-bridge >> fettle.yaml'],
  async run({ json }, [name = ''], cli) {
    const recipe = RECIPES.find((known) => known.name === name);
    if (recipe === undefined) {
      const known = RECIPES.map((each) => each.name).join(', ');
      throw new FettleError('invalid_request', `There is no recipe ${JSON.stringify(name)}. Known recipes: ${known}.`);
    }
    const rules = recipe.rules.map(toWritten);
    if (json) writeJson(cli, { recipe: name, summary: recipe.summary, rules });
    else {
      writeLine(cli, `# Recipe ${name}: ${recipe.summary}`);
      cli.stdout.write(stringify({ rules }, { lineWidth: 0 }));
    }
    return 0;
  },
});

/** A rule as a person would write it: without what is the default anyway. */
function toWritten({ name, on, repos, if: condition, permission, do: action }: RuleConfig): Record<string, unknown> {
  return {
    name,
    on: on.length === 1 ? on[0] : on,
    ...(repos.length === 0 ? {} : { repos }),
    ...(condition === null ? {} : { if: condition }),
    ...(permission === null ? {} : { permission }),
    do: action,
  };
}
