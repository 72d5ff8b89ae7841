/** Names under which the sections and fields of the format are known, and how labels are told from their values. */

export const FIELDS = ['files', 'complexity', 'tests', 'documentation', 'total', 'agent', 'difficulty'] as const;
export type Field = (typeof FIELDS)[number];

/** The name of each field as the format writes it. */
export const FIELD_NAMES: Readonly<Record<Field, string>> = {
  files: 'Files to modify',
  complexity: 'Implementation complexity',
  tests: 'Test requirements',
  documentation: 'Documentation',
  total: 'Total estimated',
  agent: 'Recommended agent',
  difficulty: 'Difficulty',
};

export type SectionName =
  | 'objective'
  | 'implementation'
  | 'estimate'
  | 'dependencies'
  | 'blockedBy'
  | 'blocks'
  | 'criteria'
  | 'testing'
  | Field;

/** The name of each section as the format writes it. */
export const SECTION_NAMES: Readonly<Record<SectionName, string>> = {
  ...FIELD_NAMES,
  objective: 'Objective',
  implementation: 'Implementation Details',
  estimate: 'Context Estimate',
  dependencies: 'Dependencies',
  blockedBy: 'Blocked by',
  blocks: 'Blocks',
  criteria: 'Acceptance Criteria',
  testing: 'Testing Requirements',
};

const BLOCKED_BY = ['blocked by', 'blocked on', 'depends on', 'dependent on', 'waits for', 'waiting for', 'blockers'];
const BLOCKS = ['blocks', 'blocking', 'required by', 'needed by'];

/** Fields whose labels say enough wherever they stand. */
const ANYWHERE: ReadonlyMap<string, Field> = toMap({
  files: ['files to modify', 'files to change', 'number of files'],
  complexity: ['implementation complexity'],
  tests: ['test requirements', 'test complexity'],
  documentation: ['documentation requirements'],
  total: [
    'total estimated',
    'total estimate',
    'estimated total',
    'total tokens',
    'estimated tokens',
    'estimated context',
  ],
  agent: ['recommended agent', 'assigned agent', 'suggested agent'],
  difficulty: ['difficulty', 'difficulty level'],
});

/** Those that mean something else outside of the estimate. */
const IN_ESTIMATE: ReadonlyMap<string, Field> = toMap({
  files: ['files', 'files modified', 'files affected'],
  complexity: ['complexity'],
  tests: ['tests', 'testing', 'testing requirements'],
  documentation: ['documentation', 'docs'],
  total: ['total', 'estimate', 'tokens'],
  agent: ['agent'],
  difficulty: [],
});

const SECTIONS: ReadonlyMap<string, SectionName> = toMap({
  objective: ['objective', 'objectives', 'goal', 'goals'],
  implementation: ['implementation details', 'implementation', 'implementation notes'],
  estimate: ['context estimate', 'context estimates', 'context estimation', 'token estimate', 'estimate'],
  dependencies: ['dependencies', 'dependency'],
  blockedBy: BLOCKED_BY,
  blocks: BLOCKS,
  criteria: ['acceptance criteria', 'acceptance criterion', 'acceptance', 'definition of done'],
  testing: ['testing requirements', 'test requirements', 'testing', 'tests', 'test plan'],
});

/** Which section a heading begins; within the estimate also one of its fields. */
export function findSection(heading: string, isInEstimate: boolean): SectionName | undefined {
  const field = findField(heading, isInEstimate);
  if (isInEstimate) return field ?? SECTIONS.get(heading);
  return SECTIONS.get(heading) ?? field;
}

export function findField(label: string, isInEstimate: boolean): Field | undefined {
  return ANYWHERE.get(label) ?? (isInEstimate ? IN_ESTIMATE.get(label) : undefined);
}

/** Longer texts are no labels. */
const LONGEST_LABEL = 100;
/** What is read of a line for a value. */
const LONGEST_VALUE = 1000;

/** A text as a label: without markup, numbering, pictures and its colon, in small letters. */
export function toLabel(text: string): string {
  return text
    .slice(0, LONGEST_LABEL)
    .replace(/[*_~`]+/g, ' ')
    .replace(/^[^\p{L}]+/u, '')
    .replace(/\([^()]*\)[^\p{L}\p{N}]*$/u, '')
    .replace(/[^\p{L}\p{N}]+$/u, '')
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

/** `**Label:** value`, `Label - value`, `| Label | value |`; undefined without such a divider near the beginning. */
export function splitLabel(text: string): { readonly label: string; readonly value: string } | undefined {
  const line = text.slice(0, LONGEST_VALUE).trim();
  const isRow = line.startsWith('|');
  const content = isRow ? line.slice(1) : line;
  const divider = (isRow ? /\|/ : /[:\uff1a]|[ \t][-–—=][ \t]/).exec(content.slice(0, LONGEST_LABEL));
  if (divider === null) return undefined;
  const value = content.slice(divider.index + divider[0].length);
  return {
    label: toLabel(content.slice(0, divider.index)),
    value: toValue(isRow ? (value.split('|')[0] ?? '') : value),
  };
}

/** A value without the markup around it. */
export function toValue(text: string): string {
  const value = text
    .slice(0, LONGEST_VALUE)
    .replace(/\*+/g, '')
    .replace(/^[\s_|]+/, '');
  let end = value.length;
  while (end > 0 && /[\s_|]/.test(value.charAt(end - 1))) end -= 1;
  return value.slice(0, end);
}

const NOTHING: ReadonlySet<string> = new Set([
  '',
  'none',
  'nothing',
  'no',
  'nil',
  'n/a',
  'na',
  'not applicable',
  'no response',
  'no dependencies',
  'no blockers',
]);
const UNDECIDED: ReadonlySet<string> = new Set([
  'tbd',
  'todo',
  'unknown',
  'not known',
  'to be determined',
  'to be done',
  'unclear',
]);

/** Whether a value says that there is nothing. */
export function isNothing(value: string): boolean {
  return NOTHING.has(toPlain(value));
}

/** Whether a value says that it is not decided yet. */
export function isUndecided(value: string): boolean {
  return UNDECIDED.has(toPlain(value));
}

function toPlain(value: string): string {
  return value
    .slice(0, LONGEST_LABEL)
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
    .replace(/[\s_]+/g, ' ')
    .toLowerCase();
}

function toMap<Name extends string>(
  labels: Readonly<Partial<Record<Name, readonly string[]>>>,
): ReadonlyMap<string, Name> {
  return new Map(
    Object.entries<readonly string[] | undefined>(labels).flatMap(([name, ofName = []]) =>
      ofName.map((label) => [label, name as Name] as const),
    ),
  );
}
