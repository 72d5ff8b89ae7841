import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { TASK_FIELDS } from '../../config/task-fields.ts';
import { FORGE_NAME_PATTERN } from '../../core/vocabulary.ts';
import type { Event } from '../../core/event.ts';
import { FettleError } from '../../core/errors.ts';
import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { findTaskByKey } from '../../store/tasks.ts';
import { transact } from '../../store/transact.ts';
import type { Task, TaskReason } from '../../tasks/contract.ts';
import { openFromEvent, type Opening } from '../../tasks/follow/open-from-event.ts';
import type { SubjectFacts } from '../../tasks/machine/contract.ts';
import { type Move, noteMoves, openTaskIn } from '../../tasks/move.ts';
import { toOwnKey } from '../../tasks/own-key.ts';
import { defineAction } from '../define-action.ts';
import { listPrograms, toPriority, toTaskOptions } from './open-fields.ts';
import { toTaskPorts } from './ports.ts';

const input = z.strictObject({
  ...TASK_FIELDS,
  key: template(
    'For an event that is about no issue or pull request: what the work is called, so that opening it again is the same task.',
  ).optional(),
  title: template('With `key`: what is to be done, in a few words.').optional(),
  body: template('With `key`: what is to be done.').optional(),
  forge: z
    .string()
    .regex(FORGE_NAME_PATTERN)
    .describe('Name of the forge, for a rule with a schedule, which has no event. Otherwise the forge of the event.')
    .optional(),
});
type Input = z.output<typeof input>;

export const taskOpen = defineAction({
  name: 'task.open',
  summary:
    'Opens a task that a coding agent can claim, for the issue or pull request of the event: one at most for each, and the same one when it is asked for again.',
  input,
  examples: [
    {
      title:
        'Whatever is labelled `agent` becomes work; it counts as done when a pull request is open and its checks are green',
      yaml: 'task.open: { gates: [pull, checks], priorities: { urgent: 10 } }',
    },
    {
      title: 'Hard work for one agent, that a person looks at in the end',
      yaml: 'task.open:\n  agent: opus\n  approval: after\n  gates: [pull, { command: [/usr/local/bin/check-work, --strict] }]',
    },
    {
      title: 'Work that has no issue, from a rule with a schedule',
      yaml: 'task.open: { forge: home, key: "dependencies {{ at | slice: 0, 10 }}", title: Update the dependencies }',
    },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target(given, event) {
    const forge = event?.forge ?? given.forge;
    const repo = event?.repo?.fullName;
    const about = event?.number === undefined ? given.key : `${repo} ${event.subject} ${event.number}`;
    return {
      destination: 'tasks',
      orderKey: `task.open ${forge} ${about}`,
      credential: null,
      reaches: [
        ...(forge === undefined || repo === undefined ? [] : [`repo:${forge}/${repo}`]),
        ...listPrograms(given),
      ],
    };
  },
  async run(context, given) {
    const { event } = context;
    if (event?.own === true) return { state: 'skipped', summary: 'Fettle did this itself.' };
    if (event?.repo !== undefined && event.number !== undefined && event.subject !== undefined)
      return await openSubject(context, given, event);
    if (given.key !== undefined && given.title !== undefined)
      return await openKey(context, given, { key: given.key, title: given.title });
    const about =
      event === null ? 'There is no event here' : `The event \`${event.type}\` is about no issue or pull request`;
    return { state: 'skipped', summary: `${about}: name \`key\` and \`title\`, or take other events.` };
  },
});

async function openSubject(context: RunContext, given: Input, event: Event): Promise<Outcome> {
  const ports = toTaskPorts(context);
  const opened = await openFromEvent(ports, event, (known) => toOpening(context, given, event, known), context.signal);
  if (opened.kind === 'late') return { state: 'skipped', summary: `Nothing to open: ${opened.why}` };
  if (opened.kind === 'known') return toKnown(opened.task);
  return toOutcome(opened.move);
}

function toOpening(context: RunContext, given: Input, event: Event, known: Task | undefined): Opening {
  const { title, url, author, labels, repo, body, number } = event;
  const isOwnText = event.type.startsWith('issue.') || event.type.startsWith('pull.');
  const facts: SubjectFacts = {
    title: title ?? known?.title ?? `#${number}`,
    // The text of a comment is not that of the issue, which is read from the forge.
    body: (isOwnText ? body : undefined) ?? known?.body ?? '',
    url: (isOwnText ? url : undefined) ?? known?.url ?? null,
    author: author?.login ?? known?.author ?? null,
    labels: labels ?? known?.labels ?? [],
    repository: repo ?? known?.repository ?? null,
  };
  return {
    reason: toReason(event),
    options: toTaskOptions(given, context.run.rule, context.config()),
    priority: toPriority(given, facts.labels),
    facts,
  };
}

/** A line that begins with a slash and a word: what a rule about commands goes by. */
const COMMAND = /^ {0,3}(\/[A-Za-z][\w-]*)/m;

/** Why the task is open: what the event itself did, so that it can be taken back the same way. */
function toReason(event: Event): Omit<TaskReason, 'seq'> {
  const rest = { actor: event.actor?.login ?? null, at: event.occurredAt ?? event.receivedAt };
  const { type, assignee, label, body } = event;
  if (type.endsWith('.assigned') && assignee !== undefined) return { by: 'assignee', value: assignee, ...rest };
  if (type.endsWith('.labeled') && label !== undefined) return { by: 'label', value: label, ...rest };
  const command = type.startsWith('comment.') ? COMMAND.exec(body ?? '')?.[1] : undefined;
  if (command !== undefined) return { by: 'command', value: command.toLowerCase(), ...rest };
  return { by: 'rule', value: '', ...rest };
}

async function openKey(
  context: RunContext,
  given: Input,
  { key, title }: { readonly key: string; readonly title: string },
): Promise<Outcome> {
  const { event, run } = context;
  const forge = event?.forge ?? given.forge;
  if (forge === undefined || context.config().forges[forge] === undefined)
    throw new FettleError(
      'input_invalid',
      `\`forge\` names no configured forge${forge === undefined ? '' : `: ${forge}`}.`,
    );
  const ports = toTaskPorts(context);
  const subject = {
    key: toOwnKey(forge, event?.repo?.fullName ?? null, key.trim()),
    forge,
    repo: event?.repo?.fullName ?? null,
    subject: null,
    number: null,
  };
  const reason: TaskReason = {
    by: 'rule',
    value: '',
    actor: event?.actor?.login ?? null,
    at: event?.receivedAt ?? run.createdAt,
    ...(event === null ? {} : { seq: event.seq }),
  };
  const facts: SubjectFacts = {
    title,
    body: given.body ?? '',
    url: event?.url ?? null,
    author: null,
    labels: [],
    repository: event?.repo ?? null,
  };
  const command = {
    kind: 'open',
    reason,
    options: toTaskOptions(given, run.rule, context.config()),
    priority: toPriority(given, []),
    facts,
  } as const;
  const done = await transact(context.db(), async (trx) => {
    const known = await findTaskByKey(trx, subject.key);
    // The same run once more, after its answer was lost.
    if (known?.reasons.some(({ by, at, seq }) => by === 'rule' && at === reason.at && seq === reason.seq) === true)
      return known;
    return await openTaskIn(trx, ports, subject, command);
  });
  if (!Array.isArray(done)) return toKnown(done as Task);
  const moves = done as readonly Move[];
  noteMoves(ports, moves);
  return toOutcome(moves[0] as Move);
}

function toOutcome({ before, task }: Move): Outcome {
  if (before === task) return toKnown(task);
  const data = { task: task.id, state: task.state, round: task.round };
  const verb = before.round === task.round ? 'Noted another reason for' : task.round === 1 ? 'Opened' : 'Opened again';
  return { state: 'succeeded', summary: `${verb} the task ${task.key}.`, data };
}

function toKnown(task: Task): Outcome {
  return {
    state: 'unchanged',
    summary: `The task ${task.key} is known already; it is ${task.state}.`,
    data: { task: task.id, state: task.state, round: task.round },
  };
}
