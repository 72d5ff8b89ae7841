import { readFileSync } from 'node:fs';
import { RULE_ACTIONS } from '../../src/actions/registry.ts';
import { toForgeSettingRows, toOptionRows } from '../../src/config/describe-config.ts';
import { FORGE_ALIASES } from '../../src/config/forge-variables.ts';
import { findSchemaAt, toAllowedText, toConfigJsonSchema } from '../../src/config/json-schema.ts';
import { RECIPES } from '../../src/config/recipes.ts';
import { FORGE_KINDS } from '../../src/core/vocabulary.ts';
import { GENERATED_NOTE, toCode, toTable } from './markdown.ts';

/** docs/configuration.md: an introduction and examples by hand, tables from the schema. */
export function toConfigurationPage(): string {
  const text = readFileSync(new URL('configuration-page.template.md', import.meta.url), 'utf8');
  const parts: Record<string, string> = {
    note: GENERATED_NOTE,
    options: toOptionsTable(),
    forges: toForgesTable(),
    aliases: toAliasesTable(),
    rules: toRulesTable(),
    recipes: toRecipesTable(),
    kinds: FORGE_KINDS.map(toCode).join(', '),
    actions: RULE_ACTIONS.map(({ name }) => toCode(name)).join(', '),
  };
  return text.replaceAll(/^@@(\w+)@@$|@@(\w+)@@/gm, (_all, line: string | undefined, inline: string | undefined) => {
    const part = parts[line ?? inline ?? ''];
    if (part === undefined) throw new Error(`The template names an unknown part, ${line ?? inline}`);
    return part;
  });
}

function toOptionsTable(): string {
  const rows = toOptionRows().map((row) => [
    toCode(row.path),
    `${row.summary}${row.secret ? ' Secret.' : ''}`,
    toShortAllowed(row.allowed),
    toCode(row.default),
    row.variables.map(toCode).join(' '),
    row.reload === 'live' ? 'at once' : 'next start',
  ]);
  return toTable(['Option', 'Meaning', 'Allowed', 'Default', 'Environment', 'A change counts'], rows);
}

/** What references look like is said once on the page, not in each row. */
function toShortAllowed(allowed: string): string {
  return allowed.replaceAll(
    /a reference such as \$\{env:NAME\}, \$\{file:\/path\} or \$\{cmd:pass show x\}/g,
    'a reference',
  );
}

function toForgesTable(): string {
  const rows = toForgeSettingRows().map(({ setting, allowed, summary }) => [
    toCode(setting),
    summary,
    toShortAllowed(allowed),
  ]);
  return toTable(['Setting', 'Meaning', 'Allowed'], rows);
}

function toAliasesTable(): string {
  const rows = FORGE_ALIASES.map(({ variable, alias, setting }) => [toCode(variable), toCode(setting), toCode(alias)]);
  return toTable(['Variable', 'Setting', 'Forge with this name, or the only one of this kind'], rows);
}

function toRulesTable(): string {
  const rule = findSchemaAt(['rules', 0], toConfigJsonSchema(RULE_ACTIONS));
  const required = Array.isArray(rule?.['required']) ? rule['required'] : [];
  const rows = Object.entries(rule?.properties ?? {}).map(([key, schema]) => [
    toCode(key),
    `${schema.description ?? ''}${required.includes(key) ? ' Required.' : ''}`,
    toAllowedText(schema),
  ]);
  return toTable(['Key', 'Meaning', 'Allowed'], rows);
}

function toRecipesTable(): string {
  return toTable(
    ['Recipe', 'What it does'],
    Object.entries(RECIPES).map(([name, { summary }]) => [toCode(name), summary]),
  );
}
