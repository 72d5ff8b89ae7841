import { FettleError } from '../../core/errors.ts';
import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { toSafeUrl } from '../message/safe-url.ts';
import type { Pipeline, Seen, Started } from './engine.ts';

/**
 * Follows a started pipeline to its end, one look for each attempt:
 *
 *   started ──look──▶ running ──▶ waits 5 s, later up to a minute, and holds no worker meanwhile
 *      │                └── longer than `followFor` ──▶ succeeded, `running`
 *      ├──▶ success, failure, cancelled ──▶ succeeded, with that state; with `required` only success is one
 *      └──▶ nobody tells, or not any more ──▶ succeeded, `unknown`
 *
 * A side that does not answer now is asked again on the ladder of every run, until `followFor` is over.
 */
export interface Following {
  readonly follow: boolean;
  readonly followForMs: number;
  /** A pipeline that does not end well is a failure of the run. */
  readonly required: boolean;
}

const SHORTEST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** Share of the time since the start that is waited, so that short pipelines are noticed soon and long ones cost few requests. */
const WAIT_SHARE = 0.25;
/** Engines show what they start within seconds. */
const LOST_AFTER_MS = 300_000;

export async function followPipeline(
  context: RunContext,
  pipeline: Pipeline,
  started: Started,
  following: Following,
): Promise<Outcome> {
  const { name, look } = pipeline;
  const page = toSafeUrl(started.url ?? undefined);
  if (look === undefined || !following.follow) return toEnd(`Started ${name}.`, 'started', started, page);
  const elapsedMs = context.clock() - started.atMs;
  const isOver = elapsedMs >= following.followForMs;
  let seen: Seen | undefined;
  try {
    seen = await look(started);
  } catch (error) {
    if (!isFinal(error) && !isOver) throw error;
    return toUnknown(following, `Started ${name}, but how it ended cannot be seen: ${toText(error)}`, started, page);
  }
  if (seen === undefined && (isOver || elapsedMs >= LOST_AFTER_MS)) {
    return toUnknown(following, `Started ${name}, but it cannot be found there.`, started, page);
  }
  const url = toSafeUrl(seen?.url ?? undefined) ?? page;
  if (seen === undefined || seen.state === 'running') {
    if (isOver) return toUnfinished(following, name, started, url);
    const waitMs = Math.min(Math.max(elapsedMs * WAIT_SHARE, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    return { state: 'later', atMs: context.clock() + waitMs, summary: `Started ${name}, and waits for its end.` };
  }
  const summary = `${name} ${ENDED[seen.state]}.`;
  if (seen.state !== 'success' && following.required) throw toRequired(summary, url);
  return toEnd(summary, seen.state, started, url);
}

const ENDED = { success: 'ended well', failure: 'failed', cancelled: 'was cancelled' } as const;

/** Whether asking again would give the same answer. */
function isFinal(error: unknown): boolean {
  return error instanceof FettleError && (error.code === 'upstream_refused' || error.code === 'access_refused');
}

function toEnd(summary: string, state: string, { id }: Started, url: string | null): Outcome {
  const data = { state, ...(id === null ? {} : { id }), ...(url === null ? {} : { url }) };
  return { state: 'succeeded', summary, data, ...(url === null ? {} : { url }) };
}

function toUnknown({ required }: Following, summary: string, started: Started, url: string | null): Outcome {
  if (required) throw toRequired(summary, url);
  return toEnd(summary, 'unknown', started, url);
}

function toUnfinished({ required, followForMs }: Following, name: string, started: Started, url: string | null) {
  const summary = `${name} still goes on after ${toHours(followForMs)}, and is not followed further.`;
  if (required) throw toRequired(summary, url);
  return toEnd(summary, 'running', started, url);
}

function toRequired(summary: string, url: string | null): FettleError {
  const where = url === null ? '' : ` See ${url}.`;
  const hint = 'Run it again there and redrive this run, which then asks once more; it does not start another.';
  return new FettleError('upstream_refused', `${summary}${where} ${hint}`);
}

function toHours(ms: number): string {
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 360_000) / 10} hours`;
}

function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
