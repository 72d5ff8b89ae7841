import type { z } from 'zod';
import type { ConfigPath } from './problem.ts';
import { isMapValue } from './tree.ts';

/**
 * Reads the input of an action beside its schema: which texts may hold templates, which are secrets, and which numbers stand for
 * texts. A mark counts for everything within the field that has it.
 */

/** How a text is meant; `url` is a template whose values are encoded as parts of an address. */
export type FieldMark = 'template' | 'url' | 'secret' | 'plain';

export interface MarkedText {
  readonly path: ConfigPath;
  readonly text: string;
  readonly mark: FieldMark;
}

/** All texts of a value, with their marks. */
export function listMarkedTexts(schema: z.ZodType, value: unknown): MarkedText[] {
  return listWithin(toForms([schema]), value, [], undefined);
}

function listWithin(
  forms: readonly z.ZodType[],
  value: unknown,
  path: ConfigPath,
  inherited: FieldMark | undefined,
): MarkedText[] {
  const mark = forms.map(toMark).find((found) => found !== undefined) ?? inherited;
  if (typeof value === 'string') return [{ path, text: value, mark: mark ?? 'plain' }];
  return listChildren(value).flatMap(([key, inner]) =>
    listWithin(toForms(findInner(forms, key)), inner, [...path, key], mark),
  );
}

/**
 * The value with numbers and truth values turned to text where the schema takes texts but not them, because YAML reads
 * `version: 1.0` as a number.
 */
export function toWantedTexts(schema: z.ZodType, value: unknown): unknown {
  return convert(toForms([schema]), value);
}

function convert(forms: readonly z.ZodType[], value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') {
    const types = forms.map(({ def }) => def.type);
    return types.includes('string') && !types.includes(typeof value) ? String(value) : value;
  }
  if (Array.isArray(value)) return value.map((inner, i) => convert(toForms(findInner(forms, i)), inner));
  if (!isMapValue(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, convert(toForms(findInner(forms, key)), inner)]),
  );
}

type Issue = z.core.$ZodIssue;

/** What is wrong with a value as it is written. Of texts that are known only after rendering nothing can be said. */
export function listInputIssues(schema: z.ZodType, value: unknown): Issue[] {
  const rendered = listMarkedTexts(schema, value)
    .filter(({ text, mark }) => mark !== 'secret' && hasTemplate(text))
    .map(({ path }) => path);
  return (schema.safeParse(value).error?.issues ?? []).filter((issue) => !isExcused(issue, [], rendered));
}

/** Whether an issue is only about texts that are not known yet; of alternatives one that is otherwise fine is enough. */
function isExcused(issue: Issue, base: ConfigPath, rendered: readonly ConfigPath[]): boolean {
  const path = [...base, ...(issue.path as ConfigPath)];
  if (rendered.some((place) => place.length <= path.length && place.every((step, i) => step === path[i]))) return true;
  if (issue.code !== 'invalid_union') return false;
  return issue.errors.some((branch) => branch.length > 0 && branch.every((inner) => isExcused(inner, path, rendered)));
}

function listChildren(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return value.map((inner, i): [number, unknown] => [i, inner]);
  return isMapValue(value) ? Object.entries(value) : [];
}

/** What zod keeps of the schemas that have others within them. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly getter?: () => z.ZodType;
}

const definitionOf = (schema: z.ZodType) => schema.def as Definition;

/** The schemas and all that they wrap or choose from. */
function toForms(schemas: readonly z.ZodType[]): z.ZodType[] {
  return schemas.flatMap((schema) => {
    const { innerType, in: input, options, getter } = definitionOf(schema);
    const wrapped = [innerType, input, getter?.(), ...(options ?? [])].filter((inner) => inner !== undefined);
    return [schema, ...toForms(wrapped)];
  });
}

function findInner(forms: readonly z.ZodType[], key: string | number): z.ZodType[] {
  return forms.flatMap((form) => {
    const { element, valueType, shape } = definitionOf(form);
    if (typeof key === 'number') return element === undefined ? [] : [element];
    const field = shape !== undefined && Object.hasOwn(shape, key) ? shape[key] : valueType;
    return field === undefined ? [] : [field];
  });
}

function toMark(schema: z.ZodType): FieldMark | undefined {
  const meta: Readonly<Record<string, unknown>> = schema.meta() ?? {};
  if (meta['secret'] === true) return 'secret';
  if (meta['template'] !== true) return undefined;
  return meta['escape'] === 'url' ? 'url' : 'template';
}

/** Whether a text has anything to render. */
export function hasTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}
