import type { Task } from '../contract.ts';
import type { TaskDependency, TaskEntry } from '../shapes.ts';
import { toForeignCode, toForeignLine, toForeignQuote } from './foreign-text.ts';
import { toJournalLines } from './journal-lines.ts';
import { toProvenance } from './provenance.ts';
import { toStateWords } from './state-words.ts';

/** What the comment that is kept on a subject says about its task. Pure: the same facts give the same text, so that nothing is edited. */
export interface ReportFacts {
  readonly task: Task;
  readonly dependencies: readonly TaskDependency[];
  /** The last entries of the journal, oldest first. */
  readonly journal: readonly TaskEntry[];
  /** What was read in the text, as Markdown; empty when nothing was. */
  readonly understood: string;
  /** Reference to the pull request of the result, as the forge links it; null when there is none that is known to be of this repository. */
  readonly pull: string | null;
}

const MOST_DEPENDENCIES = 30;
const LONGEST_NOTE = 500;
const LONGEST_REASON = 1_000;
const LONGEST_TEXT = 3_000;

/** The whole comment, in Markdown. Everything that is not Fettle's own wording is literal in it. */
export function toReport(facts: ReportFacts): string {
  const { task } = facts;
  const { headline, next } = toStateWords(task);
  const parts = [
    `**${headline}**${toProgress(task)}`,
    ...toState(task),
    ...(next === null ? [] : [next]),
    ...toFacts(task),
    ...toDependencies(facts),
    ...toVerdicts(task),
    ...toResult(facts),
    ...(task.handover === null ? [] : [`What the last agent left for the next:\n\n${quote(task.handover)}`]),
    ...(facts.understood.trim() === '' ? [] : [`#### Understood\n\n${facts.understood.trim()}`]),
    ...toJournal(facts),
    `---\n\n${toProvenance(task)}`,
  ];
  return parts.join('\n\n');
}

function toProgress({ state, percent, claimedAt }: Task): string {
  const isHeld = state === 'leased' || state === 'needs_input';
  const since = isHeld && claimedAt !== null ? `, since ${toTime(claimedAt)}` : '';
  return `${since}${isHeld && percent !== null ? `, ${percent} %` : ''}`;
}

function toState(task: Task): readonly string[] {
  const { state, reason, note, question } = task;
  return [
    ...(reason === null ? [] : [toForeignLine(reason, LONGEST_REASON)]),
    ...(state === 'needs_input' && question !== null ? [quote(question)] : []),
    ...(state === 'leased' && note !== null ? [`Last note: ${toForeignLine(note, LONGEST_NOTE)}`] : []),
  ];
}

function toFacts(task: Task): readonly string[] {
  const isOver = task.finishedAt !== null;
  const running = task.state === 'leased' || task.state === 'needs_input' ? 1 : 0;
  const { maxAttempts } = task.options;
  const lines = [
    ...(isOver ? [] : [`- Attempt ${Math.min(task.attempt + Math.max(running, 1), maxAttempts)} of ${maxAttempts}`]),
    ...toChoice(task),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}

function toChoice({ chosenAgent, chosenBecause }: Task): readonly string[] {
  if (chosenBecause === null) return [];
  const who = chosenAgent === null ? '' : `Chosen: ${toForeignCode(chosenAgent)}. `;
  return [`- ${who}${toForeignLine(chosenBecause, LONGEST_REASON)}`];
}

const DEPENDENCY_WORDS: Readonly<Record<TaskDependency['state'], string>> = {
  open: 'open',
  closed: 'done',
  unknown: 'not found, or not to be seen by Fettle',
  cycle: 'waits for this one itself',
};

function toDependencies({ task, dependencies }: ReportFacts): readonly string[] {
  if (dependencies.length === 0) return [];
  const shown = dependencies.slice(0, MOST_DEPENDENCIES).map((dependency) => toDependency(dependency, task));
  const rest = dependencies.length - shown.length;
  const open = dependencies.some(({ state, waivedBy }) => state !== 'closed' && waivedBy === null);
  const hint = open && task.state === 'blocked' ? [`To begin all the same: \`fettle tasks waive ${task.id}\`.`] : [];
  const lines = ['Depends on:', '', ...shown, ...(rest > 0 ? [`- … and ${rest} more`] : [])];
  return [lines.join('\n'), ...hint];
}

/** Titles of other repositories stay out: who reads this may not be allowed to read there. */
function toDependency({ repo, number, title, state, waivedBy, task: other }: TaskDependency, task: Task): string {
  const isHere = repo === task.repo;
  const what = isHere ? `#${number}` : `${toForeignLine(repo, 300)}#${number}`;
  const name = isHere && title !== null ? ` ${toForeignLine(title, 150)}` : '';
  const isStuck = state === 'open' && other !== null && ['failed', 'cancelled', 'dead'].includes(other.state);
  const stuck = isStuck ? `, and its task is ${other.state}` : '';
  const waived = waivedBy === null ? '' : `; waived by ${toForeignCode(waivedBy)}`;
  return `- ${what}${name}: ${DEPENDENCY_WORDS[state]}${stuck}${waived}`;
}

const VERDICT_WORDS = { passed: '✅', rejected: '❌', pending: '⏳' } as const;

function toVerdicts({ verdicts }: Task): readonly string[] {
  if (verdicts === null || verdicts.length === 0) return [];
  const lines = verdicts.map(
    ({ gate, state, detail }) =>
      `- ${VERDICT_WORDS[state]} ${toForeignCode(gate)}: ${toForeignLine(detail, LONGEST_REASON)}`,
  );
  return [['Checked before it counts as done:', '', ...lines].join('\n')];
}

function toResult({ task, pull }: ReportFacts): readonly string[] {
  const result = task.result ?? task.submitted;
  if (result === null) return [];
  const commits = (result.commits ?? []).slice(0, 10).map((commit) => toForeignCode(commit.slice(0, 12)));
  const lines = [
    ...(pull === null ? toForeign('Pull request, as the agent names it', result.pull) : [`- Pull request: ${pull}`]),
    ...toForeign('Branch', result.branch),
    ...(commits.length === 0 ? [] : [`- Commits: ${commits.join(', ')}`]),
  ];
  return [`What the agent says it did:\n\n${quote(result.summary)}`, ...(lines.length === 0 ? [] : [lines.join('\n')])];
}

function toForeign(label: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`- ${label}: ${toForeignCode(text, 300)}`];
}

function toJournal({ journal }: ReportFacts): readonly string[] {
  const lines = toJournalLines(journal);
  return lines.length === 0 ? [] : [['#### What happened', '', ...lines].join('\n')];
}

function quote(text: string): string {
  return toForeignQuote(text, LONGEST_TEXT);
}

function toTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
