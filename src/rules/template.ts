import { Liquid, type LiquidError, type Template } from 'liquidjs';
import { listFields, VARIABLES } from './bindings.ts';
import { installFilters, toUrlPart } from './template-filters.ts';

/**
 * Texts with Liquid (https://liquidjs.com) over an event. A template reads nothing but the variables it is given: no files, no other
 * templates, nothing from the prototypes of objects. What it may cost is limited, whatever the event holds. What a value says is never
 * parsed again, so a title with `{{ }}` stays that title.
 */

/** Longest text of a template, in characters. */
const LENGTH_LIMIT = 16_384;
/** Longest rendered text, in characters. */
const OUTPUT_LIMIT = 65_536;
/** Most elements and characters that one rendering may make on its way. */
const MEMORY_LIMIT = 200_000;
const TAGS = ['assign', 'for', 'case', 'comment', 'if', 'raw', 'unless', 'break', 'continue', 'echo', 'liquid', '#'];

/** Variables that a template has beside the fields of the event. */
const OWN_VARIABLES = ['rule', 'at'];

/** How values get into the text: as they are, or encoded as parts of an address. */
export type Escaping = 'none' | 'url';

const ENGINES: Readonly<Record<Escaping, Liquid>> = { none: createEngine('none'), url: createEngine('url') };

/** A template that can be rendered many times. */
export interface CompiledTemplate {
  /** @throws TemplateProblem, also when it takes longer than `limitMs`. */
  render(scope: object, limitMs: number): string;
}

/** Why a text cannot be read or rendered as a template, and where in it. */
export class TemplateProblem extends Error {
  /** Both counted from 1; null when the template as a whole is meant. */
  readonly position: { readonly line: number; readonly column: number } | null;
  /** The tag or output at fault, as written. */
  readonly excerpt: string | null;

  constructor(message: string, position: TemplateProblem['position'], excerpt: string | null) {
    super(message);
    this.name = 'TemplateProblem';
    this.position = position;
    this.excerpt = excerpt;
  }
}

/** What is wrong with a template, in one sentence; undefined when it can be used. */
export function checkTemplate(text: string): string | undefined {
  try {
    const unknown = findUnknownVariable(parse(text, 'none'));
    return unknown === undefined ? undefined : `Not a template that can be rendered: ${unknown}.`;
  } catch (error) {
    if (error instanceof TemplateProblem) return `Not a Liquid template: ${toPlacedText(error)}.`;
    throw error;
  }
}

/** @throws TemplateProblem for a text that is no template. */
export function compileTemplate(text: string, escaping: Escaping): CompiledTemplate {
  const parsed = parse(text, escaping);
  return {
    render(scope, limitMs) {
      const rendered = attempt(() => ENGINES[escaping].renderSync(parsed, scope, { renderLimit: limitMs }) as string);
      if (rendered.length <= OUTPUT_LIMIT) return rendered;
      throw new TemplateProblem(
        `the text has ${rendered.length} characters; at most ${OUTPUT_LIMIT} are allowed`,
        null,
        null,
      );
    },
  };
}

/** `line 1, column 8: …`. */
export function toPlacedText({ message, position }: TemplateProblem): string {
  return position === null ? message : `line ${position.line}, column ${position.column}: ${message}`;
}

/** The variables that a part of a template names, with all their steps. */
export function listTemplateVariables(text: string): string[][] {
  try {
    return ENGINES.none
      .globalVariableSegmentsSync(text)
      .map((segments) => segments.filter((step) => typeof step !== 'object').map(String));
  } catch {
    return [];
  }
}

function createEngine(escaping: Escaping): Liquid {
  const engine = new Liquid({
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    dynamicPartials: false,
    relativeReference: false,
    timezoneOffset: 0,
    locale: 'en-GB',
    parseLimit: LENGTH_LIMIT,
    memoryLimit: MEMORY_LIMIT,
    ...(escaping === 'url' ? { outputEscape: toUrlPart } : {}),
  });
  for (const name of Object.keys(engine.tags)) {
    if (!TAGS.includes(name)) delete engine.tags[name];
  }
  installFilters(engine);
  return engine;
}

function parse(text: string, escaping: Escaping): Template[] {
  if (text.length > LENGTH_LIMIT) {
    throw new TemplateProblem(`it has ${text.length} characters; at most ${LENGTH_LIMIT} are allowed`, null, null);
  }
  return attempt(() => ENGINES[escaping].parse(text));
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toTemplateProblem(error as Error & Partial<LiquidError>);
  }
}

function toTemplateProblem(error: Error & Partial<LiquidError>): TemplateProblem {
  const [line, column] = error.token?.getPosition() ?? [];
  const message = (error.originalError?.message ?? error.message).replace(/, (?:line|col):\d+.*$/s, '').trim();
  const position = line === undefined || column === undefined ? null : { line, column };
  return new TemplateProblem(message, position, error.token?.getText() ?? null);
}

/** A name that no event has is a mistake, not an absent field. */
function findUnknownVariable(parsed: Template[]): string | undefined {
  const known = [...VARIABLES, ...OWN_VARIABLES];
  for (const segments of ENGINES.none.globalVariableSegmentsSync(parsed)) {
    const [root, field] = segments;
    if (typeof root !== 'string') continue;
    if (!known.includes(root)) return `there is no variable \`${root}\`; known variables: ${known.join(', ')}`;
    const fields = typeof field === 'string' ? listFields(root) : undefined;
    if (fields !== undefined && !fields.includes(String(field))) {
      return `\`${root}\` has no field \`${String(field)}\`; known fields: ${fields.join(', ')}`;
    }
  }
  return undefined;
}
