import type { Difficulty } from '../../core/vocabulary.ts';

/** How much an issue has to say about documentation. */
export const DOCUMENTATION_LEVELS = ['none', 'light', 'medium', 'heavy'] as const;
export type DocumentationLevel = (typeof DOCUMENTATION_LEVELS)[number];

/** The parts of a context estimate, as the sections of an issue give them. */
export interface EstimateParts {
  readonly files: number;
  readonly complexity: Difficulty;
  readonly tests: Difficulty;
  readonly documentation: DocumentationLevel;
}

/** Tokens of each part. */
const FILE = 7_000;
export const COMPLEXITY_TOKENS: Readonly<Record<Difficulty, number>> = { low: 10_000, medium: 20_000, high: 30_000 };
export const TESTS_TOKENS: Readonly<Record<Difficulty, number>> = { low: 5_000, medium: 10_000, high: 15_000 };
export const DOCUMENTATION_TOKENS: Readonly<Record<DocumentationLevel, number>> = {
  none: 0,
  light: 2_000,
  medium: 3_000,
  heavy: 5_000,
};

/**
 * Tokens of context that a piece of work takes, by the published formula: 7,000 for each file and what the levels give, and
 * three tenths more to be safe. One file of low complexity with few tests and no documentation takes 28,600.
 */
export function estimateTokens({ files, complexity, tests, documentation }: EstimateParts): number {
  const base = files * FILE + COMPLEXITY_TOKENS[complexity] + TESTS_TOKENS[tests] + DOCUMENTATION_TOKENS[documentation];
  return Math.round((base * 13) / 10);
}
