import { CONFIG_JSON_SCHEMA, findSchemaAt, type JsonSchema } from './json-schema.ts';
import { type ConfigPath, type ConfigProblem, toPathText } from './problem.ts';
import { isSecretPath } from './secret-paths.ts';
import type { YamlSource } from './yaml-source.ts';

/** Collects what is wrong, each with the place its value comes from. */
export interface ProblemReporter {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Refuses the configuration. */
  report(path: ConfigPath, message: string, options?: ReportOptions): void;
  /** Accepts it, and says something about it. */
  warn(path: ConfigPath, message: string, options?: { variable?: string }): void;
  /** Where the value at a path comes from. */
  place(path: ConfigPath, at?: 'key' | 'value'): Pick<ConfigProblem, 'file' | 'line' | 'column' | 'variable'>;
  /** Texts that must not occur in any message, whatever path they are found at. */
  readonly hidden: Set<string>;
  /** What may stand where. */
  schema(): JsonSchema;
  /** An offending value in words, or only its kind where it must not be shown. */
  show(path: ConfigPath, value: unknown): string;
}

export interface ReportOptions {
  readonly allowed?: string | null;
  readonly at?: 'key' | 'value';
  /** The last part of the path may itself be a secret in the wrong place: it is located, but not named. */
  readonly isNameHidden?: boolean;
}

/** Longest part of an offending value that is shown. */
const SHOWN_LENGTH = 60;
/** Secrets shorter than this would hide ordinary words. */
const LEAST_HIDDEN_LENGTH = 3;

/**
 * A reporter for one reading. `variables` maps paths, as text, to the variables that set them; `toSchema` makes the schema, and is called
 * only when there is something to report.
 */
export function createProblemReporter(
  source: YamlSource | null,
  variables: ReadonlyMap<string, string>,
  toSchema: () => JsonSchema = () => CONFIG_JSON_SCHEMA,
): ProblemReporter {
  let made: JsonSchema | undefined;
  const schema = () => (made ??= toSchema());
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const hidden = new Set<string>();

  const findVariable = (path: ConfigPath): string | undefined =>
    path.map((_, i) => variables.get(toPathText(path.slice(0, path.length - i)))).find((name) => name !== undefined);

  const place: ProblemReporter['place'] = (path, at = 'value') => {
    const variable = findVariable(path);
    if (variable !== undefined) return { file: null, line: null, column: null, variable };
    if (source === null) return { file: null, line: null, column: null, variable: null };
    return { file: source.file, ...source.locate(path, at), variable: null };
  };

  const isHidden = (json: string): boolean =>
    [...hidden].some(
      (secret) => secret.length >= LEAST_HIDDEN_LENGTH && json.includes(JSON.stringify(secret).slice(1, -1)),
    );

  return {
    problems,
    warnings,
    hidden,
    schema,
    place,
    report(path, message, { allowed = null, at = 'value', isNameHidden = false } = {}) {
      const shownPath = isNameHidden ? path.slice(0, -1) : path;
      const problem = { ...place(path, at), path: toPathText(shownPath), message, allowed };
      // A value may fail two parts of its shape at once, which is one problem to whoever wrote it.
      const isKnown = problems.some((known) => known.path === problem.path && known.message === message);
      if (!isKnown) problems.push(problem);
    },
    warn(path, message, { variable } = {}) {
      const where = variable === undefined ? place(path) : { file: null, line: null, column: null, variable };
      warnings.push({ ...where, path: toPathText(path), message, allowed: null });
    },
    show(path, value) {
      if (value === undefined || value === null) return 'nothing';
      if (Array.isArray(value)) return 'a list';
      if (typeof value === 'object') return 'a map';
      const kind = typeof value === 'string' ? 'text' : `a ${typeof value}`;
      const form = findSchemaAt(path, schema());
      const isLeaf = form !== undefined && form.type !== 'object' && form['secret'] !== true;
      const text = JSON.stringify(value);
      if (!isLeaf || isSecretPath(path) || text.includes('@') || text.includes('${') || isHidden(text)) {
        return `${kind} (not shown)`;
      }
      return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
    },
  };
}
