import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import { toIsoTime } from '../core/clock.ts';
import { FettleError } from '../core/errors.ts';
import type { Event } from '../core/event.ts';
import type { ForgeApi } from '../forges/api-contract.ts';
import type { OutgoingHttp, OutgoingRequest } from '../network/contract.ts';
import { toUpstreamError } from '../network/upstream-error.ts';
import type { ClaimedRun } from '../store/run-claims.ts';
import type { StepRecord } from '../store/run-tables.ts';
import type { GetDatabase } from '../store/store.ts';
import type { Announcements, JsonValue, RunContext } from './contract.ts';

/** What the engine lends to every run. */
export interface RunPorts {
  readonly config: () => Config;
  readonly clock: Clock;
  readonly db: GetDatabase;
  readonly outgoing: Pick<OutgoingHttp, 'request'>;
  /** The API of a forge over this transport, so that its calls can be counted. @throws FettleError `rule_invalid`. */
  readonly forge: (name: string, transport: Pick<OutgoingHttp, 'request'>) => ForgeApi;
  /** @throws FettleError `secret_unresolved`. */
  readonly secret: (reference: string) => Promise<string>;
  readonly connect: RunContext['connect'];
  readonly announce: Announcements;
}

/** What an attempt did so far; read when it ends. */
export interface Progress {
  readonly steps: readonly StepRecord[];
  readonly calls: Readonly<Record<string, number>>;
  /** Step whose effect is under way and cannot be recognised afterwards. */
  readonly intent: string | null;
}

/** How progress gets into the database. */
export interface Saving {
  /** Soon, with whatever else is to be saved; nobody waits. */
  later(): void;
  /** Resolves when it is stored. */
  now(): Promise<void>;
}

const LONGEST_LOG_LINE = 1_000;
const MOST_LOG_LINES = 100;

/** The context of one attempt, and a look at what it did. */
export function createRunContext(
  run: ClaimedRun,
  ports: RunPorts,
  signal: AbortSignal,
  saving: Saving,
): { readonly context: RunContext; readonly progress: () => Progress } {
  const { clock } = ports;
  const steps: StepRecord[] = [...run.steps];
  const calls: Record<string, number> = { ...run.calls };
  let intent: string | null = null;
  /** Lines of the step at hand. */
  let lines: string[] = [];

  const count = (name: string) => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const request = (outgoing: OutgoingRequest, countAs: string) => {
    signal.throwIfAborted();
    count(countAs);
    const merged = outgoing.signal === undefined ? signal : AbortSignal.any([signal, outgoing.signal]);
    return ports.outgoing.request({ ...outgoing, signal: merged, ownConnection: intent !== null });
  };

  const perform = async <T extends JsonValue>(name: string, work: () => Promise<T>): Promise<T> => {
    const known = steps.find((step) => step.name === name && step.finishedAt !== null && step.error === undefined);
    if (known !== undefined) return known.output as T;
    signal.throwIfAborted();
    const startedAt = toIsoTime(clock());
    const at = steps.push({ name, attempt: run.attempt, startedAt, finishedAt: null }) - 1;
    lines = [];
    try {
      const output = await work();
      steps[at] = { ...toEnd(name, startedAt), output };
      return output;
    } catch (error) {
      steps[at] = { ...toEnd(name, startedAt), error: error instanceof Error ? error.message : String(error) };
      throw error;
    }
  };
  const toEnd = (name: string, startedAt: string) => ({
    name,
    attempt: run.attempt,
    startedAt,
    finishedAt: toIsoTime(clock()),
    ...(lines.length === 0 ? {} : { log: lines }),
  });

  const context: RunContext = {
    run: {
      id: run.id,
      rule: run.rule,
      action: run.action,
      attempt: run.attempt,
      createdAt: run.createdAt.toISOString(),
      forge: run.forge,
      repo: run.repo,
      chain: run.chain,
      hops: run.hops,
    },
    event: run.event === null ? null : ({ ...(JSON.parse(run.event) as object), seq: run.seq } as Event),
    signal,
    clock,
    async step(name, work) {
      const output = await perform(name, work);
      saving.later();
      return output;
    },
    async effect(name, work) {
      const known = steps.find((step) => step.name === name && step.finishedAt !== null && step.error === undefined);
      if (known === undefined) {
        intent = name;
        await saving.now();
      }
      try {
        const output = await perform(name, work);
        intent = null;
        saving.later();
        return output;
      } catch (error) {
        intent = null;
        if (error instanceof FettleError && error.outcomeUnknown && run.options.onUnknown === 'stop')
          throw new FettleError(
            'outcome_unknown',
            `Step ${name}: it is not known whether the effect was made. ${error.message}`,
            { cause: error },
          );
        throw error;
      }
    },
    log(message) {
      if (lines.length < MOST_LOG_LINES) lines.push(message.slice(0, LONGEST_LOG_LINE));
    },
    config: ports.config,
    async request({ accept = [], countAs, ...outgoing }) {
      const answer = await request(outgoing, countAs ?? run.credential ?? run.destination);
      const { status } = answer;
      if ((status >= 200 && status < 300) || accept.includes(status)) return answer;
      throw toUpstreamError(new URL(answer.url).host, answer);
    },
    forge: (name) => ports.forge(name, { request: (outgoing) => request(outgoing, `forge:${name}`) }),
    secret: ports.secret,
    connect: (host, port) => ports.connect(host, port),
    db: ports.db,
    announce: ports.announce,
  };
  return { context, progress: () => ({ steps, calls, intent }) };
}
