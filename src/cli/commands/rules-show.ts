import { parse, stringify } from 'yaml';
import { setAt } from '../../config/tree.ts';
import { FettleError } from '../../core/errors.ts';
import { RECIPES } from '../../rules/recipes.ts';
import { defineCommand } from '../command.ts';
import { writeJson, writeLine } from '../terminal.ts';
import { toWrittenRule } from '../written-rule.ts';

interface ShowOptions {
  readonly set?: readonly (readonly [string, unknown])[];
}

/** What a recipe stands for, as YAML that can replace it in `fettle.yaml` and then be changed. */
export const rulesShow = defineCommand<ShowOptions>({
  path: 'rules show',
  summary: 'Print the rules of a recipe as YAML, to be pasted and changed.',
  arguments: [{ name: '<recipe>', about: `one of ${RECIPES.map((recipe) => recipe.name).join(', ')}` }],
  options: [
    {
      flags: '-s, --set <parameter=value>',
      about: 'a parameter of the recipe, such as room=#releases:example.org or dag.url=https://…; the value as in YAML',
      parse: toParameter,
      repeatable: true,
    },
  ],
  examples: [
    'fettle rules show event-bridge',
    "fettle rules show releases-monitor --set 'repos=dataforge/*' --set 'room=#releases:example.org'",
  ],
  async run({ json, set = [] }, [name = ''], cli) {
    const recipe = RECIPES.find((known) => known.name === name);
    if (recipe === undefined) {
      const known = RECIPES.map((each) => each.name).join(', ');
      throw new FettleError('invalid_request', `There is no recipe ${JSON.stringify(name)}. Known recipes: ${known}.`);
    }
    const parameters: Record<string, unknown> = { ...recipe.placeholders };
    for (const [path, value] of set) setAt(parameters, path.split('.'), value);
    const rules = recipe.toRules(parameters).map(toWrittenRule);
    if (json) {
      writeJson(cli, { recipe: name, summary: recipe.summary, rules });
      return 0;
    }
    writeLine(cli, `# Recipe ${name}: ${recipe.summary}`);
    const invented = Object.keys(recipe.placeholders).filter((key) => !set.some(([path]) => path === key));
    if (invented.length > 0) writeLine(cli, `# Put your own in for: ${invented.join(', ')}; or give them with --set.`);
    cli.stdout.write(stringify({ rules }, { lineWidth: 0 }));
    return 0;
  },
});

function toParameter(text: string): readonly [string, unknown] {
  const [, path = '', value = ''] = /^([A-Za-z][\w.]*)=(.*)$/s.exec(text) ?? [];
  if (path === '') {
    throw new FettleError('invalid_request', `${JSON.stringify(text)} is not a parameter; write name=value.`);
  }
  return [path, toValue(value)];
}

/** Lists and truth values as in YAML; everything else is text, so that `#room:example.org` is no comment. */
function toValue(text: string): unknown {
  if (!/^(\[.*\]|true|false)$/s.test(text)) return text;
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}
