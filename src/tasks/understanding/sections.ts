import { findSection, type SectionName, splitLabel, toLabel } from './labels.ts';
import type { TextLine } from './text-lines.ts';

/** A heading that the format knows, with the lines under it. */
export interface Section {
  /** Null for everything that stands under no such heading. */
  readonly name: SectionName | null;
  readonly lines: TextLine[];
}

/** The lines of a text by section, in order. A heading that repeats makes a section again; a strange one below a known one goes on with it. */
export function toSections(lines: readonly TextLine[]): readonly Section[] {
  const sections: Section[] = [{ name: null, lines: [] }];
  /** The headings above the line, outermost first; there are at most six levels. */
  let above: readonly { readonly level: number; readonly section: Section }[] = [];
  for (const line of lines) {
    const current = above.at(-1)?.section ?? { name: null, lines: [] };
    if (line.kind !== 'heading') {
      lastOf(sections, current).lines.push(line);
      continue;
    }
    above = above.filter(({ level }) => level < line.level);
    const parent = above.at(-1)?.section;
    const section = toSection(line, parent?.name ?? null);
    const next = section ?? parent;
    if (section !== undefined) sections.push(section);
    above = next === undefined ? above : [...above, { level: line.level, section: next }];
    if (section === undefined)
      lastOf(sections, next ?? { name: null, lines: [] }).lines.push({ ...line, kind: 'text' });
  }
  return sections;
}

/** Where a line goes: into its section, or one without a name that is made where the last one has one. */
function lastOf(sections: Section[], section: Section): Section {
  if (section.name !== null) return section;
  const last = sections.at(-1);
  if (last?.name === null) return last;
  sections.push(section);
  return section;
}

/** `## Difficulty` and `## Difficulty: medium`. */
function toSection(line: TextLine, above: SectionName | null): Section | undefined {
  const isInEstimate = above === 'estimate';
  const name = findSection(toLabel(line.text), isInEstimate);
  if (name !== undefined) return { name, lines: [] };
  const parts = splitLabel(line.text);
  const named = parts === undefined ? undefined : findSection(parts.label, isInEstimate);
  if (parts === undefined || named === undefined) return undefined;
  return { name: named, lines: [{ ...line, kind: 'item', level: 0, text: parts.value }] };
}
