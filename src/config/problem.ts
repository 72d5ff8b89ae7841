import { FettleError } from '../core/errors.ts';

/** Where a value is in the configuration: `['rules', 0, 'on']`. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong, or worth a warning, in the configuration. Never holds the value of a secret. */
export interface ConfigProblem {
  /** File as it was named; null when the value comes from the environment. */
  readonly file: string | null;
  /** Counted from 1. */
  readonly line: number | null;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number | null;
  /** Environment variable that holds the value, if it does. */
  readonly variable: string | null;
  /** `forges.home.kind`, `rules[0].on`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, with the offending value unless it is secret. */
  readonly message: string;
  /** What is allowed there. */
  readonly allowed: string | null;
}

/** The configuration is not valid. `problems` holds all that is wrong with it, in the order of the file. */
export class ConfigError extends FettleError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super('config_invalid', [`The configuration has ${count}:`, ...problems.map(toProblemLine)].join('\n  '));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** `fettle.yaml:4:11 forges.home.kind: "gitae" is not allowed here; did you mean gitea? Allowed: …` */
export function toProblemLine(problem: ConfigProblem): string {
  const position = problem.line === null ? '' : `:${problem.line}:${problem.column}`;
  const place = problem.variable ?? (problem.file === null ? '' : `${problem.file}${position}`);
  const start = [place, problem.path].filter((part) => part !== '').join(' ');
  const allowed = problem.allowed === null ? '' : ` Allowed: ${problem.allowed}.`;
  const end = /[.?!]$/.test(problem.message) ? '' : '.';
  return `${start === '' ? '' : `${start}: `}${problem.message}${end}${allowed}`;
}

/** `rules[0].on` for `['rules', 0, 'on']`. */
export function toPathText(path: ConfigPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
