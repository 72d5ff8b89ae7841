import { OPTION_LIST, type Option } from './options.ts';
import type { ConfigPath } from './problem.ts';
import { findSuggestion } from './suggest.ts';
import { CONFIG_JSON_SCHEMA, findSchemaAt, type JsonSchema } from './json-schema.ts';

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that an environment variable gives. */
export interface VariableValue {
  readonly path: ConfigPath;
  readonly variable: string;
  /** As it would stand in the file; text that does not fit is left for the schema to refuse. */
  readonly value: unknown;
}

/** Comma list of recipe names, for a hub that has no file. */
export const RECIPES_VARIABLE = 'FETTLE_RECIPES';
/** Names the configuration file. */
export const CONFIG_VARIABLE = 'FETTLE_CONFIG';

/** `FETTLE_HTTP_TRUSTED_PROXIES` for `http.trustedProxies`. */
export function toVariableName(path: string): string {
  const words = path.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/[.-]/g, '_');
  return `FETTLE_${words.toUpperCase()}`;
}

/** All variables that set an option, the option's own name first. */
export function toVariableNames(option: Option): readonly string[] {
  return [toVariableName(option.path), ...(option.aliases ?? [])];
}

/** The options that the environment sets. A variable that is empty counts as not set. */
export function readOptionVariables(environment: Environment): VariableValue[] {
  const values = OPTION_LIST.flatMap((option): VariableValue[] => {
    const variable = toVariableNames(option).find((name) => isSet(environment, name));
    if (variable === undefined) return [];
    return [{ path: option.path.split('.'), variable, value: readOption(option, environment[variable] ?? '') }];
  });
  if (!isSet(environment, RECIPES_VARIABLE)) return values;
  const recipes = (environment[RECIPES_VARIABLE] ?? '').split(',').map((name) => name.trim());
  return [...values, { path: ['recipes'], variable: RECIPES_VARIABLE, value: recipes.filter((name) => name !== '') }];
}

/** Whether a variable has a value that is not empty. */
export function isSet(environment: Environment, variable: string): boolean {
  return (environment[variable] ?? '') !== '';
}

function readOption(option: Option, text: string): unknown {
  const schema = findSchemaAt(option.path.split('.'), CONFIG_JSON_SCHEMA) ?? {};
  if (text === 'null' && allowsType(schema, 'null')) return null;
  return option.fromText === undefined ? readScalar(schema, text) : option.fromText(text);
}

/** The text of a variable as the number or truth value that the schema asks for, where it can be read as one. */
export function readScalar(schema: JsonSchema, text: string): unknown {
  if (allowsType(schema, 'integer') && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (!allowsType(schema, 'boolean')) return text;
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0)$/i.test(text) ? false : text;
}

function allowsType(schema: JsonSchema, type: string): boolean {
  return schema.type === type || (schema.anyOf ?? []).some((form) => allowsType(form, type));
}

/** Variables that begin with FETTLE_ and look like a misspelt option, with the name that was probably meant. */
export function findMisspeltVariables(environment: Environment): { variable: string; meant: string }[] {
  const known = [...OPTION_LIST.map((option) => toVariableName(option.path)), RECIPES_VARIABLE, CONFIG_VARIABLE];
  return Object.keys(environment)
    .filter((name) => name.startsWith('FETTLE_') && !name.startsWith('FETTLE_FORGES_') && !known.includes(name))
    .flatMap((variable) => {
      const meant = findSuggestion(
        variable.slice(7),
        known.map((name) => name.slice(7)),
      );
      return meant === undefined ? [] : [{ variable, meant: `FETTLE_${meant}` }];
    });
}
