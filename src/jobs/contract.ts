import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Config } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Event } from '../core/event.ts';
import type { TaskState } from '../core/vocabulary.ts';
import type { ForgeApi } from '../forges/api-contract.ts';
import type { OutgoingRequest, OutgoingResponse } from '../network/contract.ts';
import type { NewRun } from '../store/runs.ts';
import type { GetDatabase } from '../store/store.ts';

/**
 * What an action is, and what a run gives it. One definition per action: documentation, `fettle rules actions`, the schema of
 * `fettle.yaml` and the forms of the web page derive from it.
 */
export interface Action<I = unknown> {
  /** `<noun>.<verb>`, such as `matrix.notify`. */
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /**
   * Its input as a strict object, each field described. A text marked `template()` may hold a Liquid template, rendered when the
   * rule matches; a text marked `secretReference()` is kept as a reference and resolved at each attempt.
   */
  readonly input: z.ZodType<I>;
  /** YAML of the input, as in a rule, for documentation; each is checked by a test. */
  readonly examples: readonly ActionExample[];
  /** What the forge of the event must be able to do. */
  readonly needs: readonly ForgeAbility[];
  /**
   * How a repeated effect is recognised: the other side honours a key (`key`), shows a mark that can be read back (`marker`), or
   * neither (`none`: the intent is recorded before, and a crash in between leaves the run waiting).
   */
  readonly idempotency: 'key' | 'marker' | 'none';
  /** Longest time of one attempt. */
  readonly timeoutMs: number;
  /** Most attempts at a time at one destination, in one process. */
  readonly concurrency: number;
  /** Whether a rule of a repository itself may name it, when the hub's configuration allows; `exec.run` never. */
  readonly allowedInRepository: boolean;
  /** Only Fettle itself makes runs of it: documentation, lists and schemas leave it out, and a rule that names it is refused. */
  readonly isInternal?: true;
  /** Where an effect goes. Pure; called once, when the rule matches. */
  target(input: I, event: TargetEvent): ActionTarget;
  /** Makes the effect. Throws FettleError; its code decides whether the run is tried again. */
  run(context: RunContext, input: I): Promise<Outcome>;
}

export interface ActionExample {
  readonly title: string;
  /** The `do` of a rule, as YAML. */
  readonly yaml: string;
}

/** What of an event decides where an effect goes. */
export type TargetEvent = Pick<Event, 'forge' | 'kind' | 'repo' | 'subject' | 'number'> | null;

export interface ActionTarget {
  /** The other side as a whole, such as `matrix.example.org` or `forge:home`: breaker and concurrency go by it. */
  readonly destination: string;
  /** Runs with the same key keep their order: action and room, as a rule. Null when order does not matter. */
  readonly orderKey: string | null;
  /** Whose key opens the other side, such as `matrix` or `forge:home`; null when none is needed. */
  readonly credential: string | null;
  /** What a repository's own rules must be allowed to reach: `room:#x:y`, `host:example.org`, `address:a@b.c`. */
  readonly reaches: readonly string[];
}

export type ForgeAbility =
  'comments' | 'labels' | 'issues' | 'statuses' | 'workflows' | 'hooks' | 'files' | 'subjects' | 'pulls';

/** How an attempt ended well. */
export type Outcome =
  /** The effect was made now. */
  | { readonly state: 'succeeded'; readonly summary: string; readonly url?: string; readonly data?: JsonValue }
  /** Everything was already as wanted. */
  | { readonly state: 'unchanged'; readonly summary: string; readonly url?: string; readonly data?: JsonValue }
  /** The action does not apply, and never will for this event. */
  | { readonly state: 'skipped'; readonly summary: string }
  /** Not yet: call again at that time. Costs no attempt, and holds up nobody else. */
  | { readonly state: 'later'; readonly atMs: number; readonly summary: string };

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined };

/** What a run lends to its action for one attempt. */
export interface RunContext {
  readonly run: RunFacts;
  /** The event behind the run; null for one that a schedule or a person made. */
  readonly event: Event | null;
  /** Aborted when the time is over, the run is cancelled or the hub stops. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /**
   * Does a part of the work under a name. Its result is remembered: a later attempt gets it without doing the work again. For work
   * that may be repeated, because the other side recognises it (`key`, `marker`) or nothing is changed.
   */
  step<T extends JsonValue>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * Like `step`, for an effect that nobody recognises when it is repeated: the intent is on record before `work` begins, and when
   * its outcome stays unknown the run waits (`onUnknown: stop`) or sends again (`resend`).
   */
  effect<T extends JsonValue>(name: string, work: () => Promise<T>): Promise<T>;
  /** Adds a line to the log of the step at hand. No secrets. */
  log(message: string): void;
  /** The configuration at this moment. */
  config(): Config;
  /**
   * Sends one request through the guarded client, counted as a call of the run. Answers of 2xx are given back; any other status is
   * thrown as FettleError, see `toUpstreamError`, unless `accept` takes it.
   */
  request(request: RunRequest): Promise<OutgoingResponse>;
  /** The API of a configured forge, its calls counted. @throws FettleError `rule_invalid` when the forge has no address or token. */
  forge(name: string): ForgeApi;
  /** What a secret reference stands for now. @throws FettleError `secret_unresolved`. */
  secret(reference: string): Promise<string>;
  /** A connection to a host and port, its address checked as for HTTP; for protocols that are not HTTP. */
  connect(host: string, port: number): Promise<Socket>;
  readonly db: GetDatabase;
  readonly announce: Announcements;
}

/** For an action that changes what Fettle itself keeps, and so causes events: what is to be done about them. */
export interface Announcements {
  /** What rules do about an event. From the hub, since rules stand higher. */
  readonly planRuns: (event: Omit<Event, 'seq'>) => {
    readonly runs: readonly NewRun[];
    /** The events of triggers that it raises; no rule is asked about them. */
    readonly raised: readonly Omit<Event, 'seq'>[];
    /** What is kept with the event, as JSON. */
    readonly matched: string | null;
  };
  /** To be called after a commit that added events or runs: wakes whoever waits for them in this process. */
  readonly onCommitted: () => void;
  /** What becomes of tasks, for metrics. */
  readonly observer: {
    claimed(agent: string, waitedSeconds: number): void;
    leaseEnded(agent: string, ended: 'completed' | 'failed' | 'released' | 'expired' | 'withdrawn'): void;
    finished(state: TaskState, agent: string | null, seconds: number): void;
  };
  readonly log: Logger;
}

export interface RunRequest extends OutgoingRequest {
  /** Statuses besides 2xx that are answers and not failures. */
  readonly accept?: readonly number[] | undefined;
  /** Counted under this name; default: the credential of the run's target, else its destination. */
  readonly countAs?: string | undefined;
}

export interface RunFacts {
  readonly id: string;
  readonly rule: string;
  readonly action: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly createdAt: string;
  readonly forge: string | null;
  readonly repo: string | null;
  /** Shared by the runs that one event and one rule made. */
  readonly chain: string;
  /** How many of Fettle's own effects led here; put into comments, commits and outgoing headers. */
  readonly hops: number;
}

/** The actions that exist, by name. */
export interface ActionCatalog {
  readonly all: readonly Action[];
  /** Undefined for an unknown name. */
  find(name: string): Action | undefined;
}
