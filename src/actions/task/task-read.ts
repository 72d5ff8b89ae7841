import { z } from 'zod';
import type { ForgeConfig } from '../../config/config.ts';
import { cutText } from '../../core/clean-text.ts';
import type { SubjectApi } from '../../forges/work-contract.ts';
import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { getStreamBounds } from '../../store/events.ts';
import { findTask } from '../../store/tasks.ts';
import type { Task, Understanding } from '../../tasks/contract.ts';
import { applyReading, type Reading } from '../../tasks/dependencies/apply-reading.ts';
import { findKnownStandings } from '../../tasks/dependencies/known-standings.ts';
import { askStandings, listForeign, listNamed, type Standings } from '../../tasks/dependencies/references.ts';
import { isNumbered } from '../../tasks/dependencies/separate-numbers.ts';
import { listAgents } from '../../tasks/desk/agents.ts';
import { askEstimator } from '../../tasks/estimator.ts';
import type { SubjectFacts } from '../../tasks/machine/contract.ts';
import { isOver } from '../../tasks/machine/standing.ts';
import { selectAgent } from '../../tasks/selection.ts';
import { toTaskRepository } from '../../tasks/task-repository.ts';
import { listNameDoubts } from '../../tasks/dependencies/name-doubts.ts';
import { findForgePages } from '../../tasks/forge-pages.ts';
import { readIssue } from '../../tasks/understanding/read-issue.ts';
import { defineAction } from '../define-action.ts';
import { toTaskPorts } from './ports.ts';
import { findWritable, toTaskTarget } from './task-place.ts';

const input = z.strictObject({ task: z.uuid().describe('Id of the task.') });

/** Text that is kept with a task; what is longer is read whole, but handed on without its end. */
const LONGEST_KEPT = 200_000;
/** When the forge's answer is older than what is known already, it is asked again so much later. */
const AGAIN_AFTER_MS = 5_000;

export const taskRead = defineAction({
  name: 'task.read',
  summary: 'Reads the text of a task: what it says, what it waits for, and which agent should do it.',
  input,
  examples: [{ title: 'One task', yaml: 'task.read: { task: 0192e4a0-0000-7000-8000-000000000000 }' }],
  needs: [],
  idempotency: 'key',
  timeoutMs: 300_000,
  concurrency: 4,
  allowedInRepository: false,
  isInternal: true,
  target: ({ task }) => toTaskTarget('task.read', task),
  async run(context, { task: id }): Promise<Outcome> {
    const task = await findTask(context.db(), id);
    if (task === undefined) return { state: 'skipped', summary: 'The task is not kept any more.' };
    if (isOver(task)) return { state: 'skipped', summary: `The task is ${task.state}.` };
    const done = await applyReading(toTaskPorts(context), id, await readTask(context, task));
    if (done.kind === 'over') return { state: 'skipped', summary: 'The task is over.' };
    if (done.kind === 'outdated') {
      const atMs = context.clock() + AGAIN_AFTER_MS;
      return { state: 'later', atMs, summary: 'It was reopened meanwhile; the forge is asked again.' };
    }
    const { before, task: after } = done.move;
    const summary = `Read it. The task is ${after.state}${after.reason === null ? '.' : `: ${after.reason}`}`;
    return { state: before === after ? 'unchanged' : 'succeeded', summary };
  },
});

async function readTask(context: RunContext, task: Task): Promise<Reading> {
  const { signal, clock } = context;
  const config = () => context.config();
  const { latest: asOf } = await getStreamBounds(context.db());
  const forge: ForgeConfig | undefined = config().forges[task.forge];
  const subjects = openSubjects(context, task);
  const seen = await findFacts(subjects, task);
  const read = readIssue(seen.facts.body, { forgeUrl: findForgePages(forge) });
  const { url, token } = config().tasks.estimator;
  const estimated =
    url === null
      ? read
      : await askEstimator({ url, token, request: toRequest(context, url) }, read, seen.facts, signal);
  const { named, problems } = await findNamed(context, task, estimated, { subjects, forge, asOf });
  const understanding: Understanding = { ...estimated, problems: [...estimated.problems, ...problems] };
  const selection = selectAgent(
    {
      estimate: understanding.estimate?.value ?? null,
      difficulty: understanding.difficulty?.value ?? null,
      labels: seen.facts.labels,
      repo: task.repo,
      options: task.options,
    },
    await listAgents({ db: context.db, config, clock }),
  );
  const facts = { ...seen.facts, body: cutText(seen.facts.body, LONGEST_KEPT) };
  return { asOf, ...seen, facts, understanding, selection, named };
}

/** Where the forge can be asked about issues; undefined where it has no API for that, or Fettle no token. */
function openSubjects(context: RunContext, task: Task): SubjectApi | undefined {
  if (task.number === null || typeof findWritable(context.config(), task.forge) === 'string') return undefined;
  return context.forge(task.forge).subjects;
}

/** What the forge says of the subject now; where it cannot be asked, what events told. */
async function findFacts(
  subjects: SubjectApi | undefined,
  task: Task,
): Promise<Pick<Reading, 'facts' | 'end' | 'isShown'>> {
  const { title, body, url, author, labels, repository, subject, number } = task;
  const known: SubjectFacts = { title, body, url, author, labels, repository };
  const repo = toTaskRepository(task);
  if (subjects === undefined || repo === null || subject === null || number === null)
    return { facts: known, end: null, isShown: true };
  const found = await subjects.find({ repo, subject, number });
  if (found === undefined) return { facts: known, end: null, isShown: false };
  const { state } = found;
  const facts: SubjectFacts = {
    title: found.title,
    body: found.body,
    url: found.url ?? url,
    author: found.author,
    labels: found.labels,
    repository,
  };
  return { facts, end: state === 'open' ? null : state, isShown: true };
}

/** How what the text names stands, and what of it is not heeded. */
async function findNamed(
  context: RunContext,
  task: Task,
  understanding: Understanding,
  { subjects, forge, asOf }: { subjects: SubjectApi | undefined; forge: ForgeConfig | undefined; asOf: number },
): Promise<{ readonly named: Reading['named']; readonly problems: readonly string[] }> {
  const { number } = task;
  const repo = toTaskRepository(task);
  if (repo === null || number === null) return { named: null, problems: [] };
  const own = { repo: repo.fullName, number };
  const all = listNamed(understanding, own);
  if (forge === undefined || !isNumbered(forge.kind, task.subject)) {
    const problem = 'Dependencies are heeded in issues only, since this forge counts merge requests by themselves.';
    return { named: null, problems: all.length === 0 ? [] : [problem] };
  }
  const standings: Standings =
    subjects === undefined
      ? await findKnownStandings(context.db(), task.forge, all, { own: own.repo, through: asOf })
      : await askStandings(subjects, all, repo);
  return {
    named: { all, standings },
    problems: [...listForeign(understanding, own), ...listNameDoubts(understanding, own, standings)],
  };
}

/** The estimator counts among the calls of the run under its host. */
function toRequest(context: RunContext, url: string): Parameters<typeof askEstimator>[0]['request'] {
  return (outgoing) => context.request({ ...outgoing, countAs: new URL(url).host });
}
