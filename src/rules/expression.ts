import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { CelInput } from '@bufbuild/cel';
import { VARIABLES } from './bindings.ts';

/**
 * Conditions in CEL (https://cel.dev): no loops but bounded ones, no side effects, regular expressions by RE2. Two limits keep
 * the cost of one condition small whatever the event holds.
 */
const MAX_EXPRESSION_LENGTH = 4096;
const MAX_NESTED_LOOPS = 2;

/** Names of types, which CEL treats as values. */
const TYPE_NAMES = [
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'timestamp',
  'type',
  'uint',
];

const ENVIRONMENT = celEnv({});

/** Names of functions; those of operators, such as `_==_`, are not written by people. */
const FUNCTION_NAMES = [...new Set([...ENVIRONMENT.funcs].map(({ name }) => name))].filter(isWord).toSorted();

function isWord(name: string): boolean {
  return /^[A-Za-z]\w*$/.test(name);
}

/** What a condition says of an event: yes, no, or why it cannot tell. */
export type Answer = { readonly holds: boolean } | { readonly holds: false; readonly error: string };

export type Condition = (bindings: Record<string, CelInput>) => Answer;

/** Why an expression cannot be used, in one sentence; undefined when it can. */
export function checkExpression(text: string): string | undefined {
  if (text.length > MAX_EXPRESSION_LENGTH)
    return `The expression has ${text.length} characters; at most ${MAX_EXPRESSION_LENGTH} are allowed.`;
  let tree: unknown;
  try {
    tree = parse(text).expr;
  } catch (error) {
    return `Not a CEL expression: ${(error as Error).message.replace('<input>:', 'at ')}.`;
  }
  const found = inspect(tree, new Set([...VARIABLES, ...TYPE_NAMES]), 0);
  const [unknown] = found.free;
  if (unknown !== undefined) return `There is no field \`${unknown}\`. Known fields: ${VARIABLES.join(', ')}.`;
  const foreign = found.functions.find((name) => !FUNCTION_NAMES.includes(name));
  if (foreign !== undefined)
    return `There is no function \`${foreign}\`. Known functions: ${FUNCTION_NAMES.join(', ')}.`;
  if (found.loops > MAX_NESTED_LOOPS)
    return `Loops (all, exists, map, filter …) are nested ${found.loops} deep; at most ${MAX_NESTED_LOOPS} are allowed.`;
  return undefined;
}

/** Compiles an expression that `checkExpression` accepts. */
export function compileExpression(text: string): Condition {
  const evaluate = plan(ENVIRONMENT, parse(text));
  return (bindings) => {
    const result = evaluate(bindings);
    if (typeof result === 'boolean') return { holds: result };
    if (isCelError(result)) return { holds: false, error: result.message };
    return {
      holds: false,
      error: `The expression gives ${result === null ? 'null' : typeof result}, not true or false.`,
    };
  };
}

/** The variables that an expression names, each once. */
export function listNames(text: string): string[] {
  const { free } = inspect(parse(text).expr, new Set(TYPE_NAMES), 0);
  return [...new Set(free)];
}

interface Inspection {
  /** Names that nothing within the expression binds, in order. */
  readonly free: readonly string[];
  /** Functions it calls, operators left out. */
  readonly functions: readonly string[];
  readonly loops: number;
}

/** Walks the syntax tree for names that are not bound, functions, and the depth of loops. */
function inspect(node: unknown, bound: ReadonlySet<string>, depth: number): Inspection {
  if (typeof node !== 'object' || node === null) return { free: [], functions: [], loops: depth };
  const kind = (node as { case?: unknown }).case;
  const value = (node as { value?: unknown }).value;
  if (kind === 'identExpr') {
    const { name } = value as { name: string };
    return { free: bound.has(name) ? [] : [name], functions: [], loops: depth };
  }
  let inner = bound;
  let innerDepth = depth;
  if (kind === 'comprehensionExpr') {
    const { iterVar, iterVar2, accuVar } = value as { iterVar: string; iterVar2: string; accuVar: string };
    inner = new Set([...bound, iterVar, iterVar2, accuVar]);
    innerDepth = depth + 1;
  }
  const called = kind === 'callExpr' ? [(value as { function: string }).function].filter(isWord) : [];
  const found = Object.values(node).map((child) => inspect(child, inner, innerDepth));
  return {
    free: found.flatMap(({ free }) => free),
    functions: [...called, ...found.flatMap(({ functions }) => functions)],
    loops: Math.max(innerDepth, ...found.map(({ loops }) => loops)),
  };
}
