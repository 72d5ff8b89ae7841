import type { Config } from '../../config/config.ts';
import type { Clock } from '../../core/clock.ts';
import { cleanText } from '../../core/clean-text.ts';
import type { ForgeApi } from '../../forges/api-contract.ts';
import type { GetDatabase } from '../../store/store.ts';
import { listEntriesOf, type TaskEntryRow } from '../../store/task-entries.ts';
import type { Task } from '../contract.ts';
import { listDependencies } from '../dependencies/blockers.ts';
import { toGateWords } from '../gates/gate-words.ts';
import type { ContextBundle, TaskDependency } from '../shapes.ts';
import { toTaskRepository } from '../task-repository.ts';
import { toSuggestedBranch } from '../suggested-branch.ts';
import { listHidden } from '../understanding/hidden-texts.ts';
import { BUNDLE_NOTICE } from './notice.ts';
import { createPermissionMemory } from './permission-memory.ts';
import { createProblemList, type ProblemList } from './problem-list.ts';
import { type BundleComment, type BundlePull, type ForgeReading, readComments, readPulls } from './read-forge.ts';
import { BUNDLE_BYTES, cutToBytes, takeFitting, toJsonBytes } from './sizes.ts';

/** What it takes to make bundles. */
export interface BundlePorts {
  /** Undefined when no such forge is configured, or it has no address. */
  readonly forge: (name: string) => ForgeApi | undefined;
  readonly config: () => Config;
  readonly db: GetDatabase;
  readonly clock: Clock;
  /** How long forges are waited for; default four seconds. */
  readonly patienceMs?: number | undefined;
}

const PATIENCE_MS = 4_000;
/** A comment longer than this is cut, so that one cannot push out all others. */
const LONGEST_COMMENT_BYTES = 20_000;
const MOST_ANSWERS = 40;
const LONGEST_ANSWER_TEXT_BYTES = 3_500;

/**
 * Makes what an agent is given to work with. A forge that is away or slow takes nothing but what only it could tell, and never longer
 * than its patience.
 */
export function createBundleMaker(ports: BundlePorts): (task: Task, signal: AbortSignal) => Promise<ContextBundle> {
  const permissions = createPermissionMemory(ports.clock);
  return async (task, signal) => {
    const problems = createProblemList(ports.patienceMs ?? PATIENCE_MS, signal);
    try {
      const branch = toSuggestedBranch(task);
      const { tasks, forges } = ports.config();
      const reading = toReading(task, ports, problems);
      const accounts = forges[task.forge]?.accounts ?? [];
      const [comments, pulls, dependencies, answers] = await Promise.all([
        reading === undefined ? [] : readComments(reading, { limit: tasks.comments, accounts, permissions }),
        reading === undefined ? [] : readPulls(reading, branch),
        listDependencies(ports.db(), task),
        listEntriesOf(ports.db(), task.id, { kinds: ['answered'], limit: MOST_ANSWERS }),
      ]);
      return toBundle(task, { branch, comments, pulls, dependencies, answers: answers.map(toAnswer), problems });
    } finally {
      problems.close();
    }
  };
}

/** A question with its answer, long texts cut one by one. */
function toAnswer({ at, by, data }: TaskEntryRow): ContextBundle['answers'][number] {
  const fields = Object.entries(data).map(([name, value]) => {
    const short = typeof value === 'string' ? cutToBytes(value, LONGEST_ANSWER_TEXT_BYTES) : value;
    return [name, short] as const;
  });
  return { ...Object.fromEntries(fields), at, by };
}

function toReading(task: Task, ports: BundlePorts, problems: ProblemList): ForgeReading | undefined {
  const repo = toTaskRepository(task);
  if (repo === null) return undefined;
  const api = ports.forge(task.forge);
  if (api === undefined) {
    problems.note(`The forge \`${task.forge}\` cannot be asked: it is not configured, or has no address.`);
    return undefined;
  }
  return { task, repo, api, problems };
}

interface BundleParts {
  readonly branch: string;
  readonly comments: readonly BundleComment[];
  readonly pulls: readonly BundlePull[];
  readonly dependencies: readonly TaskDependency[];
  readonly answers: ContextBundle['answers'];
  readonly problems: ProblemList;
}

function toBundle(task: Task, { branch, problems, ...parts }: BundleParts): ContextBundle {
  const take = <T>(what: string, entries: readonly T[], part: keyof typeof BUNDLE_BYTES, from: 'start' | 'end') => {
    const taken = takeFitting(entries, BUNDLE_BYTES[part], from);
    const left = entries.length - taken.length;
    if (left > 0) problems.note(`${left} of ${entries.length} ${what} are left out: together they are too large.`);
    return taken;
  };
  const cut = parts.comments.map((comment) => ({ ...comment, body: cutToBytes(comment.body, LONGEST_COMMENT_BYTES) }));
  const comments = take('comments', cut, 'comments', 'end');
  const hidden = take('hidden texts', listHidden(task.body), 'hidden', 'start');
  const pulls = take('pull requests', parts.pulls, 'pulls', 'start');
  const dependencies = take('dependencies', parts.dependencies, 'dependencies', 'start');
  const answers = take('answers', parts.answers, 'answers', 'end');
  return {
    notice: BUNDLE_NOTICE,
    title: cleanText(task.title, 500),
    body: cutToBytes(task.body, BUNDLE_BYTES.body),
    hidden,
    labels: task.labels.slice(0, 100).map((label) => cleanText(label, 100)),
    understood: toUnderstood(task, problems),
    comments,
    pulls,
    dependencies,
    cloneUrl: task.repository?.cloneUrl ?? null,
    defaultBranch: task.repository?.defaultBranch ?? null,
    suggestedBranch: branch,
    url: task.url,
    handover: task.handover === null ? null : cutToBytes(task.handover, BUNDLE_BYTES.handover),
    answers,
    gates: task.options.gates.map(toGateWords).slice(0, 50),
    problems: [...problems.problems],
  };
}

function toUnderstood({ understood }: Task, problems: ProblemList): ContextBundle['understood'] {
  if (understood === null) return null;
  if (toJsonBytes(understood) <= BUNDLE_BYTES.understood) return { ...understood };
  problems.note('What was understood is left out: it is too large. Read the text.');
  return null;
}
