import { z } from 'zod';
import { cleanText } from '../../core/clean-text.ts';
import { DIFFICULTIES } from '../../core/vocabulary.ts';
import type { Understanding } from '../contract.ts';
import { toConfidence } from './estimate.ts';
import { DOUBTFUL_CONFIDENCE, readDifficulty, SECTION_CONFIDENCE } from './values.ts';

/** What an estimator of free text may answer; what it leaves out stays unknown. Both vocabularies of difficulty are taken. */
export const EstimatorAnswer = z.object({
  estimate: z.number().int().positive().max(100_000_000).optional().describe('Tokens of context that the work takes.'),
  difficulty: z
    .preprocess(
      (word) => (typeof word === 'string' ? (readDifficulty(word).value ?? word) : word),
      z.enum(DIFFICULTIES).optional(),
    )
    .describe('`low`, `medium` or `high`; `easy` and `hard` are understood too.'),
  confidence: z.number().min(0).max(1).optional().describe('How sure it is, from 0 to 1; 0.5 without it.'),
  reason: z.string().max(2000).optional().describe('Why, in a sentence for people.'),
});
export type EstimatorAnswer = z.output<typeof EstimatorAnswer>;

/** An estimator guesses; its word never counts as much as a section of the text, however sure it is. */
const MOST_CONFIDENCE = 0.9 * SECTION_CONFIDENCE;
const LONGEST_REASON = 200;

/** The understanding with what the text does not tell filled in by an estimator. What the text tells stays. */
export function mergeEstimate(read: Understanding, answer: EstimatorAnswer): Understanding {
  const guess = {
    confidence: Math.min(answer.confidence ?? DOUBTFUL_CONFIDENCE, MOST_CONFIDENCE),
    from: 'estimator',
    ...(answer.reason !== undefined && { line: cleanText(answer.reason, LONGEST_REASON) }),
  } as const;
  const estimate = read.estimate ?? (answer.estimate === undefined ? undefined : { ...guess, value: answer.estimate });
  const difficulty =
    read.difficulty ?? (answer.difficulty === undefined ? undefined : { ...guess, value: answer.difficulty });
  return { ...read, estimate, difficulty, confidence: toConfidence({ estimate, difficulty }) };
}
