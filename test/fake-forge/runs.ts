import { FakeRefusal, type FakeRepository, type FakeRequest, type FakeState } from './contract.ts';

/** A run of a workflow, or a pipeline. */
export interface FakeRun {
  readonly id: number;
  /** Counted within the repository. */
  readonly number: number;
  readonly repository: FakeRepository;
  /** File name; empty on GitLab. */
  readonly workflow: string;
  /** Full, `refs/heads/…`. */
  readonly ref: string;
  readonly event: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly createdAt: string;
  state: 'pending' | 'running' | 'success' | 'failure' | 'cancelled';
}

/** The workflows that can be dispatched, in every repository, with the inputs that they declare. */
export const WORKFLOWS: Readonly<Record<string, readonly string[]>> = {
  'build.yml': ['version', 'note'],
  'nightly.yml': [],
};

/** All runs of a fake forge, oldest first. */
export function runsOf(state: FakeState): FakeRun[] {
  return state.keep<FakeRun[]>('runs', () => []);
}

/** Since when a forge answers as its newer versions do; a test sets it to false for an older one. */
export function abilitiesOf(state: FakeState): { tellsRun: boolean; listsRuns: boolean } {
  return state.keep('abilities', () => ({ tellsRun: true, listsRuns: true }));
}

export function addRun(state: FakeState, run: Omit<FakeRun, 'id' | 'number' | 'createdAt' | 'state'>): FakeRun {
  const runs = runsOf(state);
  const made: FakeRun = {
    ...run,
    id: state.nextId(),
    number: runs.length + 1,
    createdAt: state.nextTime(),
    state: 'pending',
  };
  runs.push(made);
  return made;
}

/** The run of that id; 404 when there is none. */
export function getRun({ state, params }: FakeRequest): FakeRun {
  const found = runsOf(state).find(({ id }) => String(id) === params['run']);
  if (found === undefined) throw new FakeRefusal(404, 'Not Found');
  return found;
}

/** The full ref of a branch, a tag or what is already full; undefined when there is none. Every repository has these. */
export function findRef(ref: string): string | undefined {
  const known = ['refs/heads/main', 'refs/heads/feature/one', 'refs/tags/v1.0.0'];
  return known.find((full) => full === ref || full.replace(/^refs\/(heads|tags)\//, '') === ref);
}

/** What was sent as a map of texts. */
export function toTexts(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const entries = Object.entries(value as Record<string, unknown>);
  if (entries.some(([, text]) => typeof text !== 'string')) throw new FakeRefusal(422, 'not a text');
  return Object.fromEntries(entries) as Record<string, string>;
}
