import type { ActionTarget, Outcome, RunContext, TargetEvent } from '../../jobs/contract.ts';

/** What starts pipelines: the forge itself, a CI server, a DAG engine, anything with HTTP. */
export interface PipelineEngine<I> {
  /** @throws FettleError `input_invalid` when it cannot be said which pipeline is meant. */
  target(input: I, event: TargetEvent): ActionTarget;
  /** The pipeline of one run. */
  open(context: RunContext, input: I): Promise<Pipeline>;
}

export interface Pipeline {
  /** What is started, in words. */
  readonly name: string;
  /** Starts it, or remembers that it did. Throws what the other side refuses; `later` when it must be called again first. */
  start(): Promise<Started | Later>;
  /**
   * How it goes; undefined when it cannot be seen yet. Left out where nobody tells.
   * @throws FettleError `upstream_refused`, `access_refused` when it will never tell.
   */
  readonly look?: ((started: Started) => Promise<Seen | undefined>) | undefined;
}

/** What is remembered of a start. */
export type Started = {
  /** What the engine calls it; null when it did not say. */
  readonly id: string | null;
  /** Page to look at. */
  readonly url: string | null;
  readonly atMs: number;
  /** For an engine that did not say: it is the next after the one that was the newest before, among those started since. */
  readonly among?: { readonly since: string; readonly before: string | null };
};

export interface Seen {
  readonly state: 'running' | 'success' | 'failure' | 'cancelled';
  readonly url?: string | null | undefined;
}

export type Later = Extract<Outcome, { state: 'later' }>;
