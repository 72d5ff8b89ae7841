import type { NewRun } from '../store/runs.ts';
import type { PlannedRun } from './match.ts';
import type { UnsequencedEvent } from './rule-set.ts';

/** Where a run comes from. */
export interface RunSource {
  readonly origin: NewRun['origin'];
  /** Null for a schedule or a person. */
  readonly event: UnsequencedEvent | null;
  /** Our id of the delivery whose books the run is in. */
  readonly deliveryId: string | null;
  readonly nowAt: string;
  /** Why the run is not to be made; it is then skipped from the start. */
  readonly refusal?: string | undefined;
}

/** The row of a planned run. One that could not be rendered is dead from the start, one with a run before it waits for that. */
export function toNewRun(planned: PlannedRun, { origin, event, deliveryId, nowAt, refusal }: RunSource): NewRun {
  const { problem } = planned;
  const state = toFirstState(planned, refusal);
  return {
    id: planned.id,
    createdAt: nowAt,
    eventId: event?.id ?? null,
    eventReceivedAt: event?.receivedAt ?? null,
    deliveryId,
    origin,
    rule: planned.rule,
    ruleSource: planned.source,
    action: planned.action,
    position: planned.position,
    chain: planned.chain,
    afterRun: planned.after,
    forge: event?.forge ?? null,
    repo: event?.repo?.fullName ?? null,
    subject: event?.subject ?? null,
    number: event?.number ?? null,
    destination: planned.destination,
    orderKey: planned.orderKey,
    credential: planned.credential,
    input: JSON.stringify(planned.input),
    options: planned.options,
    priority: planned.priority,
    hops: planned.hops,
    state,
    reason:
      refusal ?? problem?.detail ?? (state === 'waiting' ? 'Waits for the run before it in the same rule.' : null),
    code: problem?.code ?? null,
    nextAt: state === 'queued' ? nowAt : null,
    finishedAt: state === 'dead' || state === 'skipped' ? nowAt : null,
  };
}

function toFirstState({ problem, after }: PlannedRun, refusal: string | undefined): NewRun['state'] {
  if (refusal !== undefined) return 'skipped';
  if (problem !== null) return 'dead';
  return after === null ? 'queued' : 'waiting';
}
