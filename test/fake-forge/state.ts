import {
  type FakeAccount,
  FakeRefusal,
  type FakePull,
  type FakeRepository,
  type FakeState,
  type FakeSubject,
} from './contract.ts';

/** Tokens that every fake forge knows: one of the hub's account, one of somebody else, one that may only read. */
export const TOKENS = { fettle: 'hunter2-fettle', ada: 'hunter2-ada', reader: 'hunter2-reader' } as const;

/** When a fake forge begins, unless a test says otherwise. */
export const FIRST_TIME_MS = Date.parse('2026-03-14T09:26:53Z');

/** A forge with three accounts, the repository `dataforge/app` with issue 1 and pull request 2 (GitLab: 1), and some files. */
export function createState(sharedNumbers: boolean, startMs = FIRST_TIME_MS): FakeState {
  let lastId = 100;
  let lastTimeMs = startMs;
  const kept = new Map<string, unknown>();
  const [fettle, ada, grace] = [
    { id: 7, login: 'fettle', name: 'Fettle' },
    { id: 8, login: 'ada', name: 'Ada Byron' },
    { id: 9, login: 'grace', name: 'Grace Murray' },
  ] as const;
  const state: FakeState = {
    accounts: [fettle, ada, grace],
    tokens: new Map([
      [TOKENS.fettle, { account: fettle, scopes: ['repo'], mayWrite: true }],
      [TOKENS.ada, { account: ada, scopes: ['repo'], mayWrite: true }],
      [TOKENS.reader, { account: grace, scopes: ['read'], mayWrite: false }],
    ]),
    repositories: [],
    organisationLabels: new Map([['dataforge', [{ id: 55, name: 'from the organisation', color: '00aabb' }]]]),
    listeners: [],
    nextId: () => (lastId += 1),
    nextTime: () => new Date((lastTimeMs += 1_000)).toISOString().replace('.000Z', 'Z'),
    keep<T>(name: string, create: () => T): T {
      if (!kept.has(name)) kept.set(name, create());
      return kept.get(name) as T;
    },
  };
  const app = addRepository(state, 'dataforge', 'app');
  addSubject(state, app, 'issue', ada, 1);
  addSubject(state, app, 'pull', ada, sharedNumbers ? 2 : 1);
  app.labels.push({ id: 51, name: 'bug', color: 'ee0701' }, { id: 52, name: 'needs-decision', color: 'fbca04' });
  app.commits.add(SHA);
  app.files.set('main:README.md', Buffer.from('# App\n'));
  app.files.set('main:docs/über uns.md', Buffer.from('Grüße\n'));
  app.files.set('feature/one:README.md', Buffer.from('# App, one\n'));
  app.files.set('main:logo.bin', Buffer.from([0, 255, 1, 254, 10]));
  return state;
}

/** The commit that every fake repository has. */
export const SHA = 'c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c';

export function addRepository(state: FakeState, owner: string, name: string, personal = false): FakeRepository {
  const repository: FakeRepository = {
    id: state.nextId(),
    owner,
    name,
    private: true,
    defaultBranch: 'main',
    labels: [],
    subjects: [],
    statuses: [],
    commits: new Set(),
    files: new Map(),
    checkRuns: [],
    permissions: new Map(),
    personal,
  };
  state.repositories.push(repository);
  return repository;
}

/** An issue or pull request; the next free number when none is given. */
export function addSubject(
  state: FakeState,
  repository: FakeRepository,
  kind: FakeSubject['kind'],
  author: FakeAccount,
  number = Math.max(0, ...repository.subjects.map((each) => each.number)) + 1,
  pull: Partial<FakePull> = {},
): FakeSubject {
  const at = state.nextTime();
  const branch: FakePull = { headBranch: 'feature/one', headSha: SHA, baseBranch: 'main', isDraft: false, merge: null };
  const subject: FakeSubject = {
    id: state.nextId(),
    kind,
    number,
    title: 'Something is wrong',
    body: 'It does not work.',
    state: 'open',
    author,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    labels: [],
    assignees: [],
    comments: [],
    history: [],
    pull: kind === 'pull' ? { ...branch, ...pull } : null,
    reviews: [],
  };
  repository.subjects.push(subject);
  return subject;
}

/** @throws FakeRefusal 404. */
export function getRepository(state: FakeState, owner: string, name: string): FakeRepository {
  const found = state.repositories.find((each) => each.owner === owner && each.name === name);
  if (found === undefined) throw new FakeRefusal(404, 'Not Found');
  return found;
}

/** @throws FakeRefusal 404. Without a kind the number alone decides, as where both share their numbers. */
export function getSubject(repository: FakeRepository, number: string, kind?: FakeSubject['kind']): FakeSubject {
  const found = repository.subjects.find(
    (each) => String(each.number) === number && (kind === undefined || each.kind === kind),
  );
  if (found === undefined) throw new FakeRefusal(404, 'Not Found');
  return found;
}

/** @throws FakeRefusal 422 unless it is a text that is not empty. */
export function getText(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (typeof value !== 'string' || value === '') throw new FakeRefusal(422, `[${name}]: Required`);
  return value;
}

/** A text of a request, or what stands for it when there is none. */
export function toText(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}
