import type { Principal } from '../core/access.ts';
import type { TaskState } from '../core/vocabulary.ts';
import type {
  AskRequest,
  Claimed,
  ClaimRequest,
  CompleteRequest,
  ContextBundle,
  FailRequest,
  HeartbeatAnswer,
  HeartbeatRequest,
  Moved,
  OpenRequest,
  ReleaseRequest,
  TaskDetails,
  TaskSummary,
  VerbRequest,
  WaiveRequest,
} from './shapes.ts';

/** Who asks, and how. */
export interface Caller {
  readonly principal: Principal;
  /** Repeating a request under the same key gives the same answer and does nothing again. Kept for a day. */
  readonly idempotencyKey?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface TaskFilter {
  readonly states: readonly TaskState[];
  readonly forge?: string | undefined;
  /** Globs over full names. */
  readonly repos?: readonly string[] | undefined;
  readonly agent?: string | undefined;
  readonly label?: string | undefined;
}

export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  /** `before` of the next page; null after the last. */
  readonly next: number | null;
}

/**
 * Everything that agents and people do with tasks. REST, MCP and the command line all come here, so that a rule holds for all of them.
 * Tasks outside the caller's repositories do not exist for it. Roles are checked by who calls this.
 *
 * @throws FettleError `not_found`; `lease_stale` and `task_cancelled` with the present holder; `task_not_movable`; `agent_unknown`;
 *   `idempotency_key_reused`; `body_too_large` for a result over its limit.
 */
export interface TaskDesk {
  list(
    filter: TaskFilter,
    page: { readonly before?: number | undefined; readonly limit: number },
    caller: Caller,
  ): Promise<TaskPage>;
  get(id: string, caller: Caller): Promise<TaskDetails>;
  /** What an agent is given, without a claim. */
  getContext(id: string, caller: Caller): Promise<ContextBundle>;
  /** The next task for an agent: by priority, then by how much waits for it, then by age. Undefined when there is none, or none came in time. */
  claim(request: ClaimRequest, caller: Caller): Promise<Claimed | undefined>;
  heartbeat(id: string, request: HeartbeatRequest, caller: Caller): Promise<HeartbeatAnswer>;
  ask(id: string, request: AskRequest, caller: Caller): Promise<Moved>;
  complete(id: string, request: CompleteRequest, caller: Caller): Promise<Moved>;
  fail(id: string, request: FailRequest, caller: Caller): Promise<Moved>;
  release(id: string, request: ReleaseRequest, caller: Caller): Promise<Moved>;

  open(request: OpenRequest, caller: Caller): Promise<TaskDetails>;
  /** Lets a task begin, or what was submitted count. */
  approve(id: string, request: VerbRequest, caller: Caller): Promise<TaskDetails>;
  /** Sends what was submitted back to its holder, with a note; before the beginning it is like cancel. */
  reject(id: string, request: VerbRequest, caller: Caller): Promise<TaskDetails>;
  cancel(id: string, request: VerbRequest, caller: Caller): Promise<TaskDetails>;
  /** Puts a task back into the queue with all attempts before it, and ends a lease or a quarantine. */
  requeue(id: string, request: VerbRequest, caller: Caller): Promise<TaskDetails>;
  /** Takes a task out of circulation until it is requeued, and ends its lease. */
  quarantine(id: string, request: VerbRequest, caller: Caller): Promise<TaskDetails>;
  /** Lets a task begin although what it waits for is not done. */
  waive(id: string, request: WaiveRequest, caller: Caller): Promise<TaskDetails>;
}

/** What becomes of tasks, for metrics. Called after commit. */
export interface TaskObserver {
  claimed(agent: string, waitedSeconds: number): void;
  /** `ended` as in the record of leases. */
  leaseEnded(agent: string, ended: 'completed' | 'failed' | 'released' | 'expired' | 'withdrawn'): void;
  /** `seconds` since it became claimable in this round. */
  finished(state: TaskState, agent: string | null, seconds: number): void;
}
