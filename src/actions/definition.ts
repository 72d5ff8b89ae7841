import { z } from 'zod';
import { type JsonSchema, toAllowedText } from '../config/json-schema.ts';
import type { Action, ActionExample } from '../jobs/contract.ts';

/** An action as data, for the API, the command line and documentation. */
export interface ActionDefinition {
  readonly name: string;
  readonly summary: string;
  /** JSON Schema of the input. */
  readonly input: JsonSchema;
  readonly examples: readonly ActionExample[];
  readonly needs: readonly string[];
  readonly idempotency: Action['idempotency'];
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly allowedInRepository: boolean;
}

/** An action without what it does. */
export function toDefinition(action: Action): ActionDefinition {
  const { name, summary, examples, needs, idempotency, timeoutMs, concurrency, allowedInRepository } = action;
  const { $schema: _schema, ...input } = z.toJSONSchema(action.input, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  return { name, summary, input, examples, needs, idempotency, timeoutMs, concurrency, allowedInRepository };
}

/** One field of an action's input, for people. */
export interface ActionField {
  /** With the names of the fields around it: `sink.http.url`. */
  readonly path: string;
  readonly isRequired: boolean;
  /** What it takes, in words. */
  readonly allowed: string;
  readonly description: string;
  /** What it is when left out; undefined when there is no such value. */
  readonly initial: unknown;
}

/** One form of an input that has several, told apart by a field with a fixed value, such as `engine: woodpecker`. */
export interface ActionForm {
  /** The field that tells them apart and its value in this form; null for an input with one form only. */
  readonly when: { readonly field: string; readonly value: string; readonly description: string } | null;
  /** Each followed by those within it. */
  readonly fields: readonly ActionField[];
}

/** The forms of an action's input, in the order of its schema: one, unless the input is a choice. */
export function listForms(action: Action): ActionForm[] {
  const { input } = toDefinition(action);
  const forms = listChoices(input);
  if (forms.length === 0) return [{ when: null, fields: listWithin(input, '') }];
  return forms.map((form) => {
    const [field, schema] = Object.entries(form.properties ?? {}).find(([, inner]) => 'const' in inner) ?? [];
    if (field === undefined || schema === undefined) return { when: null, fields: listWithin(form, '') };
    return {
      when: { field, value: String(schema['const']), description: schema.description ?? '' },
      fields: listWithin(form, '').filter(({ path }) => path !== field),
    };
  });
}

function listChoices(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ?? (schema['oneOf'] as readonly JsonSchema[] | undefined) ?? [];
}

function listWithin(schema: JsonSchema, prefix: string): ActionField[] {
  const required = (schema['required'] ?? []) as readonly string[];
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]): ActionField[] => {
    const path = `${prefix}${name}`;
    const field: ActionField = {
      path,
      isRequired: required.includes(name),
      allowed: toAllowed(inner),
      description: inner.description ?? '',
      initial: inner['default'],
    };
    return [field, ...listWithin(inner, `${path}.`)];
  });
  return [...own, ...listChoices(schema).flatMap((form) => listWithin(form, prefix))];
}

function toAllowed(schema: JsonSchema): string {
  const { additionalProperties: values } = schema;
  const isMap = schema.title === undefined && schema.type === 'object' && typeof values === 'object';
  return isMap ? `a map, each value: ${toAllowedText(values)}` : toAllowedText(schema);
}
