import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { textOrList } from '../../config/shapes.ts';
import type { LabelApi, SubjectRef } from '../../forges/write-contract.ts';
import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { findSubject, openGroup, SUBJECT_FIELDS, type SubjectPlace, toNoSubject, toSubjectTarget } from './place.ts';

/** The three actions on labels: each reads what is there, changes it, and reads what came of it. */

const toInput = (about: string) =>
  z.strictObject({ labels: textOrList(template('A label.')).describe(about), ...SUBJECT_FIELDS });

const COMMON = {
  needs: ['labels'],
  idempotency: 'key',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target: toSubjectTarget,
} as const;

export const labelAdd = defineAction({
  name: 'label.add',
  summary: 'Adds labels to the issue or pull request; a label that the repository does not have is made.',
  input: toInput('The labels to add.'),
  examples: [
    { title: 'Mark new issues', yaml: 'label.add: { labels: triage }' },
    { title: 'Several, one of them from the event', yaml: 'label.add: { labels: [ready, "into {{ base.ref }}"] }' },
  ],
  ...COMMON,
  run: (context, given) => change(context, given, 'add'),
});

export const labelRemove = defineAction({
  name: 'label.remove',
  summary: 'Takes labels off the issue or pull request; one that is not there is no error.',
  input: toInput('The labels to take off.'),
  examples: [{ title: 'No longer to be decided once it is closed', yaml: 'label.remove: { labels: needs-decision }' }],
  ...COMMON,
  run: (context, given) => change(context, given, 'remove'),
});

export const labelSet = defineAction({
  name: 'label.set',
  summary: 'Leaves the issue or pull request with exactly these labels.',
  input: toInput('The labels it is to have, all of them; an empty list takes all off.'),
  examples: [{ title: 'One label for what is done', yaml: 'label.set: { labels: [done] }' }],
  ...COMMON,
  run: (context, given) => change(context, given, 'set'),
});

type Verb = keyof Omit<LabelApi, 'list'>;
type Given = Parameters<typeof findSubject>[0] & { readonly labels: readonly string[] };

async function change(context: RunContext, given: Given, verb: Verb): Promise<Outcome> {
  const place = findSubject(given, context.event);
  if (place === undefined) return toNoSubject(context.event);
  const labels = openGroup(context, place.forge, 'labels');
  const names = [...new Set(given.labels.map((name) => name.trim()).filter((name) => name !== ''))];
  const done = await context.step('change the labels', async () => {
    const before = await labels.list(place.ref);
    const after = isDone(before, names, verb) ? before : await apply(labels, place.ref, names, verb);
    return { isChanged: !isSame(before, after), labels: after };
  });
  return toOutcome(place, done);
}

function apply(labels: LabelApi, ref: SubjectRef, names: readonly string[], verb: Verb): Promise<readonly string[]> {
  return labels[verb](ref, names);
}

/** Whether there is certainly nothing to do. GitHub takes no notice of case, so a name in another case may still be the same. */
function isDone(before: readonly string[], names: readonly string[], verb: Verb): boolean {
  if (verb === 'set') return isSame(before, names);
  if (verb === 'add') return names.every((name) => before.includes(name));
  const lower = before.map((name) => name.toLowerCase());
  return !names.some((name) => lower.includes(name.toLowerCase()));
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}

function toOutcome(
  { repo, ref }: SubjectPlace,
  { isChanged, labels }: { readonly isChanged: boolean; readonly labels: readonly string[] },
): Outcome {
  const state = isChanged ? 'succeeded' : 'unchanged';
  const what = labels.length === 0 ? 'no labels' : `the labels ${labels.join(', ').slice(0, 300)}`;
  const summary = `${repo.fullName}#${ref.number} ${isChanged ? 'now has' : 'has'} ${what}.`;
  return { state, summary, data: { labels } };
}
