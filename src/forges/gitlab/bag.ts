import type { EventDraft } from '../../core/event.ts';
import { booleanAt, type JsonObject, objectAt, present, textAt, toStorableText, valueAt } from '../read.ts';
import { toDraft, toUsers } from './native.ts';
import { toTitles } from './subject.ts';

/**
 * An `update` of an issue or merge request is a bag: `changes` holds each changed field with its previous and current value, and one
 * delivery may hold several. Each edge becomes an event of its own; the rest together becomes one `edited`.
 *
 * Only updates are read so. GitLab also fills `changes` when a subject is opened (everything changed from nothing) and, in older versions,
 * when it is closed or merged (assignees who were there before), so there it proves nothing.
 */
type Noun = 'issue' | 'pull';
type Base = Omit<EventDraft, 'type'>;
type Changes = NonNullable<EventDraft['changes']>;

/** Fields that change along with others and say nothing by themselves, and a name that no field of ours may have. */
const NOISE = new Set([
  '__proto__',
  'updated_at',
  'updated_by_id',
  'last_edited_at',
  'last_edited_by_id',
  'total_time_spent',
  'time_change',
  'human_total_time_spent',
  'human_time_change',
  'human_time_estimate',
  'relative_position',
  'merge_status',
  'head_pipeline_id',
  'assignee_id',
]);
/** Our names of fields that GitLab names otherwise. */
const OUR_NAMES = new Map([
  ['description', 'body'],
  ['target_branch', 'base'],
]);
const MAX_VALUE_LENGTH = 4_096;

/** One draft per label gained or lost. */
export function toLabelDrafts(noun: Noun, base: Base, changes: JsonObject): EventDraft[] {
  const previous = toTitles(valueAt(changes, 'labels', 'previous'));
  const current = toTitles(valueAt(changes, 'labels', 'current'));
  return [
    ...without(current, previous).map((label) => toDraft({ ...base, type: `${noun}.labeled`, label })),
    ...without(previous, current).map((label) => toDraft({ ...base, type: `${noun}.unlabeled`, label })),
  ];
}

/** One draft per assignee gained or lost; versions with a single assignee name the field in the singular. */
export function toAssigneeDrafts(noun: Noun, base: Base, changes: JsonObject): EventDraft[] {
  const change = objectAt(changes, 'assignees') ?? objectAt(changes, 'assignee');
  const { gained, lost } = toPeopleEdges(change);
  return [
    ...gained.map((assignee) => toDraft({ ...base, type: `${noun}.assigned`, assignee })),
    ...lost.map((assignee) => toDraft({ ...base, type: `${noun}.unassigned`, assignee })),
  ];
}

/** Account names in the current but not the previous list, and the other way round. */
export function toPeopleEdges(change: unknown): { gained: string[]; lost: string[] } {
  const namesIn = (side: string) => toUsers(valueAt(change, side)).flatMap((user) => textAt(user, 'username') ?? []);
  const previous = namesIn('previous');
  const current = namesIn('current');
  return { gained: without(current, previous), lost: without(previous, current) };
}

/** GitLab tells milestones by id only; a move from one to another is both. */
export function toMilestoneDrafts(noun: Noun, base: Base, changes: JsonObject): EventDraft[] {
  const milestone = objectAt(changes, 'milestone_id');
  if (milestone === undefined) return [];
  const told = { ...base, changes: toChanges(changes, ['milestone_id']) };
  const drafts: EventDraft[] = [];
  if (valueAt(milestone, 'previous') !== undefined) drafts.push(toDraft({ ...told, type: `${noun}.demilestoned` }));
  if (valueAt(milestone, 'current') !== undefined) drafts.push(toDraft({ ...told, type: `${noun}.milestoned` }));
  return drafts;
}

export function toLockDrafts(noun: Noun, base: Base, changes: JsonObject): EventDraft[] {
  const locked = booleanAt(changes, 'discussion_locked', 'current');
  const before = booleanAt(changes, 'discussion_locked', 'previous') ?? false;
  if (!objectAt(changes, 'discussion_locked') || (locked ?? false) === before) return [];
  return [toDraft({ ...base, type: locked === true ? `${noun}.locked` : `${noun}.unlocked` })];
}

/** One `edited` for the fields that no edge stands for, or when nothing at all was recognised. */
export function toEditedDrafts(
  noun: Noun,
  base: Base,
  changes: JsonObject,
  handled: readonly string[],
  recognised: boolean,
): EventDraft[] {
  const rest = Object.keys(changes).filter((field) => !NOISE.has(field) && !handled.includes(field));
  if (rest.length === 0 && recognised) return [];
  return [toDraft({ ...base, type: `${noun}.edited`, changes: toChanges(changes, rest) })];
}

/** Changed fields by our names; undefined when there are none. Lists and objects are named without their values. */
export function toChanges(changes: JsonObject, fields: readonly string[]): Changes | undefined {
  const entries = fields.slice(0, 100).map((field) => {
    const name = OUR_NAMES.get(field) ?? toStorableText(field, 100);
    const from = toValueText(valueAt(changes, field, 'previous'));
    const to = toValueText(valueAt(changes, field, 'current'));
    return [name, present({ from, to }) ?? {}] as const;
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function toValueText(value: unknown): string | undefined {
  if (typeof value === 'string') return toStorableText(value, MAX_VALUE_LENGTH);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return [...new Set(names)].filter((name) => !known.has(name));
}
