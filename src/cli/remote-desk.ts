import { z } from 'zod';
import { includesRole } from '../core/access.ts';
import { type AgentCall, type AgentDesk, EventDetailsShape, EventsShape, IdentityShape } from '../mcp/agent-desk.ts';
import {
  BundleShape,
  ClaimedShape,
  HeartbeatShape,
  MovedShape,
  TaskDetailsShape,
  TaskSummaryShape,
} from '../tasks/shapes.ts';
import type { AskOptions, HubClient } from './hub-client.ts';

const Me = z.object({
  name: z.string(),
  role: IdentityShape.shape.role,
  scopes: z.object({ repos: z.array(z.string()) }),
});
const Agents = z.object({ agents: IdentityShape.shape.agents });
const Page = z.object({ tasks: z.array(TaskSummaryShape), next: z.number().nullable() });
/** The hub says nothing of a gap where there is none. */
const Events = EventsShape.extend({ gap: EventsShape.shape.gap.default(null) });

/** Time beyond what a call waits for by itself. */
const PATIENCE_MS = 30_000;

/** The desk of a running hub, for the token of the client. Its errors come back as they were. */
export function createRemoteDesk(hub: HubClient): AgentDesk {
  const toHow = ({ idempotencyKey, signal }: AgentCall, waitSeconds = 0): AskOptions => ({
    signal,
    timeoutMs: PATIENCE_MS + waitSeconds * 1_000,
    ...(idempotencyKey === undefined ? {} : { headers: { 'idempotency-key': idempotencyKey } }),
  });
  const toPath = (id: string, verb = '') => `/api/v1/tasks/${encodeURIComponent(id)}${verb}`;

  return {
    async whoami(call) {
      const [me, { agents }] = await Promise.all([
        hub.ask(Me, 'GET', '/api/v1/me', undefined, toHow(call)),
        hub.ask(Agents, 'GET', '/api/v1/agents', undefined, toHow(call)),
      ]);
      const { name, role, scopes } = me;
      return { name, role, mayWork: includesRole(role, 'agent'), repos: scopes.repos, agents };
    },
    async list({ states, forge, repos = [], agent, label }, { before, limit }, call) {
      const query = toQuery({ forge, agent, label, before, limit, repo: repos });
      if (states.length > 0) query.set('state', states.join(','));
      return await hub.ask(Page, 'GET', `/api/v1/tasks?${query.toString()}`, undefined, toHow(call));
    },
    get: async (id, call) => await hub.ask(TaskDetailsShape, 'GET', toPath(id), undefined, toHow(call)),
    getContext: async (id, call) => await hub.ask(BundleShape, 'GET', toPath(id, '/context'), undefined, toHow(call)),
    claim: async (request, call) =>
      await hub.ask(ClaimedShape.optional(), 'POST', '/api/v1/tasks/claim', request, toHow(call, request.wait)),
    heartbeat: async (id, request, call) =>
      await hub.ask(HeartbeatShape, 'POST', toPath(id, '/heartbeat'), request, toHow(call)),
    ask: async (id, request, call) => await hub.ask(MovedShape, 'POST', toPath(id, '/ask'), request, toHow(call)),
    complete: async (id, request, call) =>
      await hub.ask(MovedShape, 'POST', toPath(id, '/complete'), request, toHow(call)),
    fail: async (id, request, call) => await hub.ask(MovedShape, 'POST', toPath(id, '/fail'), request, toHow(call)),
    release: async (id, request, call) =>
      await hub.ask(MovedShape, 'POST', toPath(id, '/release'), request, toHow(call)),

    async eventsSince({ cursor, types, repos, forges, actors, labels, triggers, limit, wait }, call) {
      const filters = { type: types, repo: repos, forge: forges, actor: actors, label: labels, trigger: triggers };
      const query = toQuery({ ...filters, after: cursor, limit, wait });
      const how = { ...toHow(call, wait), headers: { accept: 'application/json' } };
      return await hub.ask(Events, 'GET', `/events?${query.toString()}`, undefined, how);
    },
    getEvent: async (key, call) =>
      await hub.ask(EventDetailsShape, 'GET', `/api/v1/events/${encodeURIComponent(key)}`, undefined, toHow(call)),
  };
}

/** Lists become repeated parameters; what is undefined is left out. */
function toQuery(values: Readonly<Record<string, readonly string[] | string | number | undefined>>): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const text of value === undefined ? [] : [value].flat()) query.append(name, String(text));
  }
  return query;
}
