import { includesRole, type Principal } from '../../core/access.ts';
import type { AgentCall, AgentDesk } from '../../mcp/agent-desk.ts';
import type { GetDatabase } from '../../store/store.ts';
import type { EventStream } from '../../stream/event-stream.ts';
import { toFilter } from '../../stream/filter.ts';
import type { Caller, TaskDesk } from '../../tasks/desk-contract.ts';
import type { AgentTable } from '../routes/agents.ts';
import { toEventObject } from '../routes/delivery-shapes.ts';
import { getVisibleEvent } from '../routes/visible-event.ts';

export interface LocalDeskPorts {
  readonly getDb: GetDatabase;
  readonly stream: EventStream;
  readonly tasks: TaskDesk;
  readonly agents: Pick<AgentTable, 'list'>;
}

/** The desk of this hub for one principal. */
export function createLocalDesk({ getDb, stream, tasks, agents }: LocalDeskPorts, principal: Principal): AgentDesk {
  const toCaller = (call: AgentCall): Caller => ({ principal, ...call });
  return {
    async whoami() {
      const { name, role, scopes } = principal;
      const known = (await agents.list()).map((agent) => ({ name: agent.name, about: agent.profile.about }));
      return { name, role, mayWork: includesRole(role, 'agent'), repos: scopes.repos, agents: known };
    },
    list: async (filter, page, call) => {
      // Read as the parameters of the stream are, so that a glob means the same everywhere.
      const { repos } = toFilter({ repo: filter.repos }, principal);
      return await tasks.list({ ...filter, repos: repos.length === 0 ? undefined : repos }, page, toCaller(call));
    },
    get: async (id, call) => await tasks.get(id, toCaller(call)),
    getContext: async (id, call) => await tasks.getContext(id, toCaller(call)),
    claim: async (request, call) => await tasks.claim(request, toCaller(call)),
    heartbeat: async (id, request, call) => await tasks.heartbeat(id, request, toCaller(call)),
    ask: async (id, request, call) => await tasks.ask(id, request, toCaller(call)),
    complete: async (id, request, call) => await tasks.complete(id, request, toCaller(call)),
    fail: async (id, request, call) => await tasks.fail(id, request, toCaller(call)),
    release: async (id, request, call) => await tasks.release(id, request, toCaller(call)),

    async eventsSince({ cursor, types, repos, forges, actors, labels, triggers, limit, wait }, { signal }) {
      const filter = toFilter(
        { type: types, repo: repos, forge: forges, actor: actors, label: labels, trigger: triggers },
        principal,
      );
      const place = stream.takePlace(principal);
      const request = { filter, after: cursor ?? null, waitMs: wait * 1_000, limit, signal };
      const { events, next, gap } = await stream.poll(place, request);
      return { events: events.map(({ json }) => JSON.parse(json) as Record<string, unknown>), next, gap };
    },
    async getEvent(key) {
      const event = await getVisibleEvent(getDb(), { principal }, key);
      return { event: toEventObject(event), matched: event.matched };
    },
  };
}
