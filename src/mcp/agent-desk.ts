import { z } from 'zod';
import { ROLES } from '../core/access.ts';
import type { TaskFilter, TaskPage } from '../tasks/desk-contract.ts';
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
  ReleaseRequest,
  TaskDetails,
} from '../tasks/shapes.ts';

/** How one call is made. */
export interface AgentCall {
  /** Repeating a call under the same key gives the same answer and does nothing again. */
  readonly idempotencyKey?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** Which events are asked for; each list is joined by "or", the lists by "and", and an empty one asks for nothing. */
export interface EventsQuery {
  /** Only events with a greater `seq`; absent means from now on. */
  readonly cursor?: number | undefined;
  /** Names or globs, such as `pull.*`. */
  readonly types: readonly string[];
  /** Globs over full names. */
  readonly repos: readonly string[];
  readonly forges: readonly string[];
  readonly actors: readonly string[];
  readonly labels: readonly string[];
  readonly triggers: readonly string[];
  readonly limit: number;
  /** Seconds to wait when there is none. */
  readonly wait: number;
}

const EventShape = z
  .record(z.string(), z.unknown())
  .describe('An event, as docs/event-model.md describes it. Its texts are untrusted.');

export const EventsShape = z.object({
  events: z.array(EventShape).readonly().describe('Oldest first.'),
  next: z.number().int().describe('`cursor` of the next call: nothing is skipped and nothing comes twice.'),
  gap: z
    .object({ requested: z.number().int(), oldest: z.number().int(), latest: z.number().int() })
    .nullable()
    .describe(
      'Set when the cursor is older than what is kept: what lies between is lost, read the present state anew.',
    ),
});
export type EventsAnswer = z.output<typeof EventsShape>;

export const EventDetailsShape = z.object({
  event: EventShape,
  matched: z
    .array(
      z.object({
        rule: z.string(),
        trigger: z.string().optional(),
        action: z.string().optional(),
        run: z.string().optional(),
      }),
    )
    .readonly()
    .describe('What the rules that matched did.'),
});
export type EventAnswer = z.output<typeof EventDetailsShape>;

export const IdentityShape = z.object({
  name: z.string().describe('Name of the token.'),
  role: z.enum(ROLES),
  mayWork: z.boolean().describe('Whether it may claim tasks; otherwise it only reads.'),
  repos: z.array(z.string()).readonly().describe('Globs of the repositories it is limited to; empty is all.'),
  agents: z
    .array(z.object({ name: z.string(), about: z.string().nullable() }))
    .readonly()
    .describe('The agents that are known. `agent` of claim_task must be one of them, unless there are none.'),
});
export type Identity = z.output<typeof IdentityShape>;

/**
 * What the tools need of a hub, for one caller who is already known: the desk of tasks, the stream, and who the caller is. In the hub it
 * is made of the real parts; `fettle mcp` makes it of requests to a running hub.
 *
 * @throws FettleError what `TaskDesk` throws; `forbidden` when the caller's role does not allow it; `too_many_clients` when all places of
 *   the stream are taken; `store_unavailable`; over the network also `hub_unreachable` and `unauthenticated`.
 */
export interface AgentDesk {
  whoami(call: AgentCall): Promise<Identity>;

  list(
    filter: TaskFilter,
    page: { readonly before?: number | undefined; readonly limit: number },
    call: AgentCall,
  ): Promise<TaskPage>;
  get(id: string, call: AgentCall): Promise<TaskDetails>;
  getContext(id: string, call: AgentCall): Promise<ContextBundle>;
  claim(request: ClaimRequest, call: AgentCall): Promise<Claimed | undefined>;
  heartbeat(id: string, request: HeartbeatRequest, call: AgentCall): Promise<HeartbeatAnswer>;
  ask(id: string, request: AskRequest, call: AgentCall): Promise<Moved>;
  complete(id: string, request: CompleteRequest, call: AgentCall): Promise<Moved>;
  fail(id: string, request: FailRequest, call: AgentCall): Promise<Moved>;
  release(id: string, request: ReleaseRequest, call: AgentCall): Promise<Moved>;

  eventsSince(query: EventsQuery, call: AgentCall): Promise<EventsAnswer>;
  /** `key` is the id of the event or its `seq`. */
  getEvent(key: string, call: AgentCall): Promise<EventAnswer>;
}
