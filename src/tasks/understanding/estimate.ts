import type { Difficulty } from '../../core/vocabulary.ts';
import { DIFFICULTIES } from '../../core/vocabulary.ts';
import type { Read, Understanding } from '../contract.ts';
import { type Said, type SaidFields, toRead } from './fields.ts';
import {
  COMPLEXITY_TOKENS,
  DOCUMENTATION_LEVELS,
  DOCUMENTATION_TOKENS,
  type EstimateParts,
  estimateTokens,
  TESTS_TOKENS,
} from './formula.ts';
import { FIELD_NAMES } from './labels.ts';
import { type Problems, toFigure } from './problems.ts';
import {
  DOUBTFUL_CONFIDENCE,
  findTokensBeside,
  type Outcome,
  readAgent,
  readDifficulty,
  readDocumentation,
  readFiles,
  readTokens,
} from './values.ts';

type Estimated = Pick<
  Understanding,
  'estimate' | 'difficulty' | 'files' | 'complexity' | 'tests' | 'documentation' | 'agent'
>;

type Parts = { readonly [Part in keyof EstimateParts]: Read<EstimateParts[Part]> | undefined };

/** Everything that the context estimate and the difficulty of an issue say. */
export function readEstimate(said: SaidFields, problems: Problems): Estimated {
  const parts: Parts = {
    files: toRead('files', said.files, readFiles, isMore, problems),
    complexity: toRead('complexity', said.complexity, readLevel, isHarder, problems),
    tests: toRead('tests', said.tests, readLevel, isHarder, problems),
    documentation: toRead(
      'documentation',
      said.documentation,
      readDocumentation,
      (a, b) => DOCUMENTATION_LEVELS.indexOf(a) > DOCUMENTATION_LEVELS.indexOf(b),
      problems,
    ),
  };
  checkTokens('complexity', said.complexity, parts.complexity, COMPLEXITY_TOKENS, problems);
  checkTokens('tests', said.tests, parts.tests, TESTS_TOKENS, problems);
  checkTokens('documentation', said.documentation, parts.documentation, DOCUMENTATION_TOKENS, problems);
  const stated = toRead('total', said.total, readTokens, isMore, problems);
  const difficulty = toRead('difficulty', said.difficulty, readLevel, isHarder, problems);
  checkDifficulty(difficulty, parts.complexity, problems);
  const agent = toRead('agent', said.agent, readAgent, () => false, problems);
  return { estimate: toEstimate(parts, stated, problems), difficulty, ...parts, agent };
}

/** How sure everything is that selection needs. */
export function toConfidence({ estimate, difficulty }: Pick<Understanding, 'estimate' | 'difficulty'>): number {
  return Math.min(estimate?.confidence ?? 0, difficulty?.confidence ?? 0);
}

/**
 * The estimate to go by. Where all parts are there the formula is worked out, and the total that the text states is only believed when it is not less:
 * published issues state less than their own parts give (46,800 for 52,000), and an agent whose context is too small fails
 * after having cost its tokens, while one that is too large only costs a little more. An author who states more may know more
 * than the parts tell, so the larger figure is taken either way, and the two figures are a problem to be shown. Without all
 * parts the stated total stands alone; without a total and all parts nothing is made up.
 */
function toEstimate(parts: Parts, stated: Read<number> | undefined, problems: Problems): Read<number> | undefined {
  const worked = toWorked(parts);
  if (worked === undefined) {
    tellMissing(parts, stated, problems);
    return stated;
  }
  if (stated === undefined) return worked;
  if (stated.value === worked.value) return { ...stated, confidence: Math.max(stated.confidence, worked.confidence) };
  const larger = stated.value > worked.value ? stated : worked;
  problems.add(
    `${FIELD_NAMES.total}: the text states ${toFigure(stated.value)} tokens, but its parts give ${toFigure(worked.value)} by the formula; ` +
      `the larger, ${toFigure(larger.value)}, is taken.`,
  );
  // The formula follows from what is read for certain; a total above it is only the author's word against it.
  return larger === worked ? worked : { ...stated, confidence: Math.min(stated.confidence, DOUBTFUL_CONFIDENCE) };
}

function toWorked({ files, complexity, tests, documentation }: Parts): Read<number> | undefined {
  if (files === undefined || complexity === undefined || tests === undefined || documentation === undefined) {
    return undefined;
  }
  const value = estimateTokens({
    files: files.value,
    complexity: complexity.value,
    tests: tests.value,
    documentation: documentation.value,
  });
  const confidence = Math.min(files.confidence, complexity.confidence, tests.confidence, documentation.confidence);
  return { value, confidence, from: 'formula' };
}

/** Says which parts the formula lacks, where somebody began to tell them. */
function tellMissing(parts: Parts, stated: Read<number> | undefined, problems: Problems): void {
  const names = (['files', 'complexity', 'tests', 'documentation'] as const).filter(
    (part) => parts[part] === undefined,
  );
  if (names.length === 4) return;
  const missing = names.map((part) => FIELD_NAMES[part]).join(', ');
  problems.add(
    stated === undefined
      ? `There is no estimate: it cannot be worked out without ${missing}, and no total is stated.`
      : `${FIELD_NAMES.total}: ${toFigure(stated.value)} cannot be checked without ${missing}.`,
  );
}

/** Tokens beside a level that are not those of the formula: the level counts. */
function checkTokens<Level extends string>(
  field: 'complexity' | 'tests' | 'documentation',
  said: readonly Said[],
  read: Read<Level> | undefined,
  tokens: Readonly<Record<Level, number>>,
  problems: Problems,
): void {
  if (read === undefined) return;
  for (const { value, line } of said) {
    const beside = line === read.line ? findTokensBeside(value) : undefined;
    if (beside === undefined || beside === tokens[read.value]) continue;
    problems.add(
      `${FIELD_NAMES[field]}: ${toFigure(beside)} tokens stand beside “${read.value}”, which is ${toFigure(tokens[read.value])} by the formula.`,
    );
  }
}

function checkDifficulty(
  difficulty: Read<Difficulty> | undefined,
  complexity: Read<Difficulty> | undefined,
  problems: Problems,
): void {
  const said = new Set([difficulty?.value, complexity?.value]);
  if (!said.has('low') || !said.has('high')) return;
  problems.add(
    `${FIELD_NAMES.difficulty}: “${difficulty?.value}” does not go with an implementation complexity of “${complexity?.value}”.`,
  );
}

const readLevel = (value: string): Outcome<Difficulty> => readDifficulty(value);
const isMore = (a: number, b: number): boolean => a > b;
const isHarder = (a: Difficulty, b: Difficulty): boolean => DIFFICULTIES.indexOf(a) > DIFFICULTIES.indexOf(b);
