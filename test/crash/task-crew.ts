import { setTimeout as delay } from 'node:timers/promises';
import type { Claimed, HeartbeatAnswer, Moved, TaskEntry } from '../../src/tasks/shapes.ts';
import { HUB_TOKEN } from '../hub-process.ts';
import { createSeededRandom, type SeededRandom } from '../seeded-random.ts';
import { type Answer, sendRequest } from '../send-request.ts';
import { waitUntil } from '../wait-until.ts';

/** A claim that was answered, by the clock of the machine, which all share. */
export interface ClaimRecord {
  readonly task: string;
  readonly fence: number;
  readonly agent: string;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly expiresAtMs: number;
}

/** Something said about a held task, and what was answered in the end. */
export interface ActRecord {
  readonly verb: 'heartbeat' | 'ask' | 'complete' | 'fail' | 'release';
  readonly claim: ClaimRecord;
  /** The question, summary, error or hand-over: no two say the same. Empty for heartbeats. */
  readonly text: string;
  readonly isRetryable?: boolean;
  /** Of the first sending, when it was sent several times. */
  readonly sentAtMs: number;
  readonly status: number;
  readonly code: string | null;
  /** Null when the task was not held any more. */
  readonly expiresAtMs: number | null;
  /** What a heartbeat told. */
  readonly news: readonly TaskEntry[];
  readonly next: number | null;
}

export interface TaskCrew {
  readonly claims: readonly ClaimRecord[];
  readonly acts: readonly ActRecord[];
  /** Every sending of a claim with what came of it, in words, to find out what happened when the books are wrong. */
  readonly attempts: readonly string[];
  /** Claims without a key whose answer was lost. */
  lostClaims(): number;
  /** Called whenever something was sent and is not answered yet. */
  onSending: (() => void) | undefined;
  /** From now on every task is done, and nothing else. */
  settle(): void;
  /** @throws when an agent was answered what none should be. */
  ensureWell(): void;
  /** Resolves when everybody has finished what was begun; rejects as `ensureWell` throws. */
  stop(): Promise<void>;
  /** Nobody repeats anything any more: for a test that failed. */
  abandon(): void;
}

export interface CrewOptions {
  readonly url: string;
  readonly seed: number;
  /** Opens a pull request for a task; gives its number. */
  readonly openPull: (task: Claimed['task']) => Promise<number>;
}

/** Claims without idempotency keys, and does not always listen to the answer. */
export const CARELESS = 'careless';
const CAREFUL = ['one', 'two', 'three', 'four'] as const;
const SHORTEST_PAUSE_MS = 20;
const REFUSALS = ['lease_stale', 'task_cancelled', 'task_not_movable'];

/** Makes agents with a token each; they begin at once. */
export async function startTaskCrew(options: CrewOptions): Promise<TaskCrew> {
  const crew = { ...options, claims: [], acts: [], attempts: [], lost: 0, mood: 'wild', onSending: undefined } as Crew;
  const names = [...CAREFUL, CARELESS];
  const tokens = await Promise.all(names.map((name) => createAgentToken(options.url, name)));
  const running = Promise.all(
    names.map((name, index) => {
      const agent = {
        crew,
        name,
        token: tokens[index] ?? '',
        random: createSeededRandom(options.seed + index),
        sent: 0,
      };
      return runAgent(agent);
    }),
  );
  let failure: { readonly error: unknown } | undefined;
  running.catch((error: unknown) => {
    failure = { error };
  });
  return {
    claims: crew.claims,
    acts: crew.acts,
    attempts: crew.attempts,
    lostClaims: () => crew.lost,
    get onSending() {
      return crew.onSending;
    },
    set onSending(value) {
      crew.onSending = value;
    },
    settle() {
      crew.mood = 'eager';
    },
    ensureWell() {
      if (failure !== undefined) throw failure.error;
    },
    async stop() {
      crew.mood = 'gone';
      await running;
    },
    abandon() {
      crew.mood = 'abandoned';
    },
  };
}

interface Crew extends CrewOptions {
  readonly claims: ClaimRecord[];
  readonly acts: ActRecord[];
  readonly attempts: string[];
  lost: number;
  mood: 'wild' | 'eager' | 'gone' | 'abandoned';
  onSending: (() => void) | undefined;
}

interface Agent {
  readonly crew: Crew;
  readonly name: string;
  readonly token: string;
  readonly random: SeededRandom;
  /** Requests so far, for keys and texts. */
  sent: number;
}

interface Held {
  readonly claim: ClaimRecord;
  readonly claimed: Claimed;
  isOver: boolean;
  next: number | null;
}

interface Replied<T> {
  readonly answer: T | undefined;
  readonly act: ActRecord;
}

/** The text of a token for an agent, of a hub that may still be starting. */
export async function createAgentToken(url: string, name: string): Promise<string> {
  let text = '';
  await waitUntil(async () => {
    const headers = { authorization: `Bearer ${HUB_TOKEN}`, 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify({ name, role: 'agent' }));
    const answer = await sendRequest(`${url}/api/v1/tokens`, { method: 'POST', headers, body });
    if (answer.status === 201) text = (JSON.parse(answer.text) as { text: string }).text;
    return answer.status === 201;
  }, `${name} has a token`);
  return text;
}

async function runAgent(agent: Agent): Promise<void> {
  const { crew, random } = agent;
  while (crew.mood === 'wild' || crew.mood === 'eager') {
    const held = await claim(agent);
    if (held === undefined) await delay(random.between(SHORTEST_PAUSE_MS, 200));
    else await work(agent, held);
  }
}

async function claim(agent: Agent): Promise<Held | undefined> {
  const { crew, name, random } = agent;
  const body = { agent: name, wait: random.pick([0, 0.5, 1]) };
  const sentAtMs = Date.now();
  const answer =
    name === CARELESS && crew.mood === 'wild'
      ? await claimCarelessly(agent, body)
      : await ask(agent, 'claim', body, true);
  if (answer?.status !== 200) return undefined;
  const claimed = JSON.parse(answer.text) as Claimed;
  const { fence, expiresAt } = claimed.lease;
  const times = { sentAtMs, answeredAtMs: Date.now(), expiresAtMs: Date.parse(expiresAt) };
  const record: ClaimRecord = { task: claimed.task.id, fence, agent: name, ...times };
  crew.claims.push(record);
  return { claim: record, claimed, isOver: false, next: null };
}

/** Sent once, without a key, and often nobody waits for the answer. */
async function claimCarelessly(agent: Agent, body: object): Promise<Answer | undefined> {
  const { crew, random } = agent;
  const leaving = new AbortController();
  if (random.next() < 0.4) setTimeout(() => leaving.abort(), random.between(0, 60));
  const answer = await send(agent, 'claim', body, { signal: leaving.signal }).catch(
    (error: NodeJS.ErrnoException) => error,
  );
  if (answer instanceof Error) {
    crew.lost += answer.code === 'ECONNREFUSED' ? 0 : 1;
    return undefined;
  }
  return answer.status === 503 ? undefined : toExpected(answer);
}

async function work(agent: Agent, held: Held): Promise<void> {
  const { crew, random } = agent;
  for (let left = random.between(0, 4); left > 0 && !held.isOver && crew.mood === 'wild'; left -= 1) {
    const what = random.next();
    if (what < 0.6) await heartbeat(agent, held, { note: `Busy, ${random.between(1, 9)}` });
    else if (what < 0.85) await askPeople(agent, held);
    else await delay(random.between(0, 200));
  }
  if (held.isOver) return;
  const end = crew.mood === 'wild' ? random.next() : 0;
  if (end < 0.55) await complete(agent, held);
  else if (end < 0.68) await say(agent, held, 'fail', (error) => ({ error, retryable: true }), true);
  else if (end < 0.74) await say(agent, held, 'fail', (error) => ({ error, retryable: false }), false);
  else if (end < 0.92) await say(agent, held, 'release', (handover) => ({ handover }));
  // Else it is never heard from again.
}

async function heartbeat(agent: Agent, held: Held, said: object): Promise<HeartbeatAnswer | undefined> {
  // Without `after`, only the key brings back news whose answer was lost.
  const isKeyed = held.next === null || agent.random.next() < 0.5;
  const after = held.next === null ? {} : { after: held.next };
  const { answer, act } = await post<HeartbeatAnswer>(
    agent,
    held,
    { verb: 'heartbeat', text: '' },
    { ...said, ...after },
    isKeyed,
  );
  held.next = act.next;
  if (answer?.cancelRequested !== true) return answer;
  held.isOver = true;
  if (agent.random.next() < 0.5) await say(agent, held, 'complete', (summary) => ({ result: { summary } }));
  return answer;
}

async function askPeople(agent: Agent, held: Held): Promise<void> {
  await say(agent, held, 'ask', (question) => ({ question }));
  for (let left = agent.random.between(0, 15); left > 0 && !held.isOver; left -= 1) {
    const answer = await heartbeat(agent, held, {});
    if (answer?.state !== 'needs_input') return;
    await delay(100);
  }
}

async function complete(agent: Agent, held: Held): Promise<void> {
  let pull: string | undefined;
  while (!held.isOver) {
    const named = pull === undefined ? {} : { pull };
    const moved = await say(agent, held, 'complete', (summary) => ({ result: { summary, ...named } }));
    if (held.isOver || moved?.state !== 'leased' || !(await isRejected(agent, held, moved))) return;
    pull = String(await agent.crew.openPull(held.claimed.task));
  }
}

/** Waits for the gates. */
async function isRejected(agent: Agent, held: Held, moved: Moved): Promise<boolean> {
  let verdicts: Moved['verdicts'] | undefined = moved.verdicts;
  for (;;) {
    if (held.isOver || verdicts === undefined) return false;
    if (verdicts.some(({ state }) => state === 'rejected')) return true;
    await delay(200);
    verdicts = (await heartbeat(agent, held, {}))?.verdicts;
  }
}

/** Says something that nobody said before. */
async function say(
  agent: Agent,
  held: Held,
  verb: 'ask' | 'complete' | 'fail' | 'release',
  toBody: (text: string) => object,
  isRetryable?: boolean,
): Promise<Moved | undefined> {
  const text = `${verb} ${agent.sent} of ${agent.name} for ${held.claim.task} under ${held.claim.fence}`;
  const what = { verb, text, ...(isRetryable === undefined ? {} : { isRetryable }) };
  const { answer } = await post<Moved>(agent, held, what, toBody(text), true);
  if (answer !== undefined && !['leased', 'needs_input'].includes(answer.state)) held.isOver = true;
  return answer;
}

async function post<T>(
  agent: Agent,
  held: Held,
  what: Pick<ActRecord, 'verb' | 'text' | 'isRetryable'>,
  body: object,
  isKeyed: boolean,
): Promise<Replied<T>> {
  const sentAtMs = Date.now();
  const path = `${held.claim.task}/${what.verb}`;
  const { status, text } = await ask(agent, path, { lease: held.claimed.lease.token, ...body }, isKeyed);
  const isTaken = status === 200;
  const told = JSON.parse(text) as Partial<HeartbeatAnswer & Moved & { code: string }>;
  const until = isTaken && (told.state === 'leased' || told.state === 'needs_input') ? told.expiresAt : null;
  const act: ActRecord = {
    ...what,
    claim: held.claim,
    sentAtMs,
    status,
    code: told.code ?? null,
    expiresAtMs: until === null || until === undefined ? null : Date.parse(until),
    news: told.events ?? [],
    next: told.next ?? held.next,
  };
  agent.crew.acts.push(act);
  if (!isTaken && told.code !== 'task_not_movable') held.isOver = true;
  return { answer: isTaken ? (told as T) : undefined, act };
}

/** Sends the same again until it is answered by a hub whose database is there. */
async function ask(agent: Agent, path: string, body: object, isKeyed: boolean): Promise<Answer> {
  const headers: Record<string, string> = isKeyed ? { 'idempotency-key': `${agent.name}-${(agent.sent += 1)}` } : {};
  for (;;) {
    const sentAt = new Date().toISOString();
    const answer = await send(agent, path, body, { headers }).catch((error: NodeJS.ErrnoException) => error);
    if (path === 'claim') {
      const outcome = answer instanceof Error ? (answer.code ?? answer.message) : answer.status;
      const key = headers['idempotency-key'] ?? 'no key';
      agent.crew.attempts.push(`${agent.name}: ${key} ${sentAt} ${outcome} ${new Date().toISOString()}`);
    }
    if (!(answer instanceof Error) && answer.status !== 503) return toExpected(answer);
    if (agent.crew.mood === 'abandoned') throw new Error('The hub was given up');
    await delay(agent.random.between(SHORTEST_PAUSE_MS, 100));
  }
}

async function send(
  { crew, token }: Agent,
  path: string,
  body: object,
  { headers = {}, signal }: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal },
): Promise<Answer> {
  const answering = sendRequest(`${crew.url}/api/v1/tasks/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
    idleLimitMs: 30_000,
    ...(signal === undefined ? {} : { signal }),
  });
  crew.onSending?.();
  return await answering;
}

/** @throws for an answer that no agent should get. */
function toExpected(answer: Answer): Answer {
  const { status, text } = answer;
  if (status === 200 || status === 204) return answer;
  const { code } = JSON.parse(text) as { code?: string };
  if (status === 409 && REFUSALS.includes(code ?? '')) return answer;
  throw new Error(`An agent was answered ${status}: ${text}`);
}
