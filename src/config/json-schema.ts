import { z } from 'zod';
import { Event } from '../core/event.ts';
import { ConfigFile, HUB_ONLY_KEYS } from './file-schema.ts';
import { OPTION_LIST } from './options.ts';
import type { ConfigPath } from './problem.ts';
import { type ActionShape, TRIGGER_ACTION, TRIGGER_SHORTHAND } from './rule-language.ts';

/** A JSON Schema, as far as it is read here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a value may be instead of itself wherever secrets and addresses stand. */
const REFERENCE: JsonSchema = {
  type: 'string',
  pattern: '\\$\\{(env|file|cmd):',
  title: 'a reference such as ${env:NAME}, ${file:/path} or ${cmd:pass show x}',
};

/** The JSON Schema of `fettle.yaml` as far as it does not depend on the actions that there are. */
export const CONFIG_JSON_SCHEMA: JsonSchema = toConfigJsonSchema([]);

/** The JSON Schema of the event, as streams, the API and rules show it. Further fields may be added within a version. */
export function toEventJsonSchema(): JsonSchema {
  const schema = toJsonSchema(Event);
  return { ...schema, title: 'Fettle event', description: 'An event in the model of Fettle, version 1.' };
}

function toJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;
}

/** The JSON Schema of `fettle.yaml`, for editors and for saying what is allowed where. */
export function toConfigJsonSchema(actions: readonly ActionShape[]): JsonSchema {
  const schema = structuredClone(toJsonSchema(ConfigFile)) as MutableSchema;
  for (const option of OPTION_LIST) {
    if (option.secret || option.references) allowReferences(schema, option.path.split('.'));
  }
  const forge = schema.properties?.['forges']?.additionalProperties as MutableSchema;
  allowReferences(forge, ['url']);
  const rule = (schema.properties?.['rules'] as { items?: MutableSchema } | undefined)?.items;
  if (actions.length > 0 && rule?.properties !== undefined) {
    rule.properties['do'] = toActionsSchema(actions, rule.properties['do']?.['description']);
  }
  return { ...schema, title: 'fettle.yaml', description: 'Configuration of Fettle.' };
}

/** The schema as editors get it: what an action may be is long, and written once. */
export function toEditorSchema(actions: readonly ActionShape[]): JsonSchema {
  const schema = structuredClone(toConfigJsonSchema(actions)) as MutableSchema;
  const rule = (schema.properties?.['rules'] as { items?: MutableSchema } | undefined)?.items;
  const { anyOf: forms, ...about } = rule?.properties?.['do'] ?? {};
  const [one, list] = Array.isArray(forms) ? (forms as JsonSchema[]) : [];
  if (rule?.properties === undefined || one === undefined || list === undefined) return schema;
  const reference = { $ref: '#/$defs/action' };
  rule.properties['do'] = { ...about, anyOf: [reference, { ...list, items: reference }] };
  return { ...schema, $defs: { action: one } };
}

/** The same for the `.fettle.yaml` of a repository. */
export function toRepositoryFileJsonSchema(actions: readonly ActionShape[]): JsonSchema {
  const { version, vars, rules } = toConfigJsonSchema(actions).properties ?? {};
  const keys = Object.entries(rules?.items?.properties ?? {}).filter(
    ([key]) => !HUB_ONLY_KEYS.some((own) => own === key),
  );
  const items = { ...rules?.items, properties: Object.fromEntries(keys) };
  return { type: 'object', properties: { version, vars, rules: { ...rules, items } } as Record<string, JsonSchema> };
}

/** One map with one action, or a list of such maps. */
function toActionsSchema(actions: readonly ActionShape[], description: unknown): MutableSchema {
  const inputs = actions.map(({ name, summary, input }) => {
    const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
    return [name, withTemplates({ description: summary, ...schema } as JsonSchema)] as const;
  });
  const raise = inputs.find(([name]) => name === TRIGGER_ACTION)?.[1];
  const short = raise?.properties?.['trigger'];
  const one: JsonSchema = {
    type: 'object',
    properties: { ...(short === undefined ? {} : { [TRIGGER_SHORTHAND]: short }), ...Object.fromEntries(inputs) },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  };
  return { description, anyOf: [one, { type: 'array', items: one, minItems: 1 }] };
}

/**
 * Lets every text that may be a template also be one, whatever the pattern of its value. Alternatives are written one way, `anyOf`, which is
 * what the rest of this file reads.
 */
function withTemplates(schema: JsonSchema): JsonSchema {
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties') {
        const fields = Object.entries(value as Record<string, JsonSchema>);
        return [key, Object.fromEntries(fields.map(([name, field]) => [name, withTemplates(field)]))];
      }
      if (key === 'anyOf' || key === 'oneOf') return ['anyOf', (value as readonly JsonSchema[]).map(withTemplates)];
      const isSchema = key === 'items' || key === 'additionalProperties';
      return [key, isSchema && typeof value === 'object' ? withTemplates(value as JsonSchema) : value];
    }),
  ) as JsonSchema;
  const { pattern, format, description, title, default: initial, ...rest } = inner;
  if (inner['template'] !== true || (pattern === undefined && format === undefined)) return inner;
  return {
    ...(description === undefined ? {} : { description }),
    ...(title === undefined ? {} : { title }),
    ...(initial === undefined ? {} : { default: initial }),
    anyOf: [
      { ...rest, ...(pattern === undefined ? {} : { pattern }), ...(format === undefined ? {} : { format }) },
      { type: 'string', pattern: '\\{[{%]' },
    ],
  };
}

interface MutableSchema {
  [keyword: string]: unknown;
  properties?: Record<string, MutableSchema>;
}

function allowReferences(root: MutableSchema, keys: readonly string[]): void {
  const leaf = keys.at(-1) ?? '';
  const parent = keys.slice(0, -1).reduce<MutableSchema | undefined>((at, key) => at?.properties?.[key], root);
  const { description, default: initial, anyOf, ...own } = parent?.properties?.[leaf] ?? {};
  if (parent?.properties === undefined) throw new Error(`The schema has no ${keys.join('.')}`);
  parent.properties[leaf] = {
    description,
    ...(initial === undefined ? {} : { default: initial }),
    anyOf: [
      ...(Array.isArray(anyOf) ? anyOf.filter((form) => form.type !== 'null') : [own]),
      REFERENCE,
      ...nullForm(anyOf),
    ],
  };
}

function nullForm(anyOf: unknown): readonly JsonSchema[] {
  return Array.isArray(anyOf) && anyOf.some((form) => form.type === 'null') ? [{ type: 'null' }] : [];
}

/** The part of the schema that describes a path; undefined where the schema knows nothing of it. */
export function findSchemaAt(path: ConfigPath, root: JsonSchema = CONFIG_JSON_SCHEMA): JsonSchema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return root;
  const found = [root, ...(root.anyOf ?? [])].flatMap((form) => {
    const inner = findStep(form, step);
    const at = inner === undefined ? undefined : findSchemaAt(rest, inner);
    return at === undefined ? [] : [at];
  });
  return toOneSchema(found);
}

/** Of forms that are told apart by a fixed value, all those values; else the first. */
function toOneSchema(found: readonly JsonSchema[]): JsonSchema | undefined {
  const values = found.flatMap((schema) => ('const' in schema ? [schema['const']] : []));
  return values.length > 1 && values.length === found.length ? { enum: values } : found[0];
}

function findStep(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === 'number') return schema.items;
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, step)) return schema.properties[step];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** What a schema allows, in words: "a whole number from 0 to 65535". */
export function toAllowedText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title;
  if (schema.anyOf !== undefined) return toChoiceText(schema.anyOf);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (schema.type === 'integer') return toIntegerText(schema);
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'null') return 'null';
  if (schema.type === 'array') return `a list, each entry: ${toAllowedText(schema.items ?? {})}`;
  if (schema.type === 'object') return toMapText(schema);
  return 'text';
}

function toIntegerText({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const least = minimum ?? (typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : undefined);
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (least === undefined) return 'a whole number';
  return isBounded ? `a whole number from ${least} to ${maximum}` : `a whole number, at least ${least}`;
}

function toChoiceText(forms: readonly JsonSchema[]): string {
  const texts = forms.map(toAllowedText);
  const isListOfFirst = (form: JsonSchema) => form.type === 'array' && toAllowedText(form.items ?? {}) === texts[0];
  return forms.map((form, i) => (isListOfFirst(form) ? 'a list of these' : texts[i])).join(', or ');
}

function toMapText(schema: JsonSchema): string {
  const keys = Object.keys(schema.properties ?? {});
  return keys.length === 0 ? 'a map' : `a map with ${keys.join(', ')}`;
}
