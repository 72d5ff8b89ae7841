import { cleanText } from '../../core/clean-text.ts';
import { escapeMarkdown } from '../../core/escape-markdown.ts';
import type { Read, Reference, Understanding } from '../contract.ts';
import { toReferenceText } from './dependencies.ts';
import { FIELD_NAMES } from './labels.ts';
import { toFigure } from './problems.ts';

const MOST_REFERENCES = 20;
const LONGEST_TEXT = 300;

const SOURCES: Readonly<Record<Read<unknown>['from'], string>> = {
  section: 'from its section',
  formula: 'by the formula',
  text: 'from the text around',
  estimator: 'guessed by the estimator',
};

/**
 * What was understood, as Markdown for the comment on the issue: so that its author sees what is wrong, and how to correct it. Every text of the
 * issue is literal in it and calls nobody; references stay references.
 */
export function toUnderstoodMarkdown(understanding: Understanding): string {
  const { estimate, difficulty, blockedBy, blocks, criteria, problems } = understanding;
  const lines = [
    toLine('Estimate', estimate, (tokens) => `${toFigure(tokens)} tokens`),
    toLine('Difficulty', difficulty, String),
    ...toParts(understanding),
    ...toReferences('Blocked by', blockedBy, understanding.unlisted ?? 0),
    ...toReferences('Blocks', blocks, 0),
    ...(criteria.total > 0
      ? [`- Acceptance criteria: ${toFigure(criteria.done)} of ${toFigure(criteria.total)} done`]
      : []),
  ];
  const doubts =
    problems.length === 0
      ? []
      : ['', 'What does not fit:', '', ...problems.map((problem) => `- ${toLiteral(problem)}`)];
  return [...lines, ...doubts, '', toHint(understanding)].join('\n');
}

function toLine<T>(name: string, read: Read<T> | undefined, toText: (value: T) => string): string {
  if (read === undefined) return `- ${name}: not told`;
  const { value, confidence, from, line } = read;
  const why = from === 'estimator' && line !== undefined ? `: ${toLiteral(line)}` : '';
  return `- ${name}: **${toText(value)}** (${SOURCES[from]}, ${Math.round(confidence * 100)} % sure)${why}`;
}

/** The parts of the estimate and the agent, on a line of their own where the text tells any. */
function toParts({ files, complexity, tests, documentation, agent }: Understanding): readonly string[] {
  const parts = [
    ...toPart(FIELD_NAMES.files, files),
    ...toPart(FIELD_NAMES.complexity, complexity),
    ...toPart(FIELD_NAMES.tests, tests),
    ...toPart(FIELD_NAMES.documentation, documentation),
  ];
  return [
    ...(parts.length === 0 ? [] : [`- Parts: ${parts.join('; ')}`]),
    ...(agent === undefined ? [] : [`- ${FIELD_NAMES.agent}: ${toLiteral(agent.value)}`]),
  ];
}

function toPart(name: string, read: Read<string | number> | undefined): readonly string[] {
  return read === undefined ? [] : [`${name.toLowerCase()} ${read.value}`];
}

function toReferences(name: string, references: readonly Read<Reference>[], unlisted: number): readonly string[] {
  if (references.length === 0) return [];
  const shown = references.slice(0, MOST_REFERENCES).map(({ value }) => toReferenceText(value));
  const rest = references.length - shown.length + unlisted;
  return [`- ${name}: ${shown.join(', ')}${rest > 0 ? ` and ${toFigure(rest)} more` : ''}`];
}

function toHint({ estimate, difficulty, problems }: Understanding): string {
  const missing = [
    ...(estimate === undefined ? ['`Total estimated: 46,800 tokens`'] : []),
    ...(difficulty === undefined ? ['`Difficulty: medium`'] : []),
  ];
  const how = missing.length === 0 ? '' : ` Lines such as ${missing.join(' and ')} are understood.`;
  const isWrong = problems.length > 0 || missing.length > 0;
  return `*${isWrong ? 'To correct or complete this' : 'If this is wrong'}, edit the issue: it is read again.*${how}`;
}

function toLiteral(text: string): string {
  return escapeMarkdown(cleanText(text, LONGEST_TEXT));
}
