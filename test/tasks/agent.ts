import assert from 'node:assert/strict';
import type { Claimed, HeartbeatAnswer, TaskEntry } from '../../src/tasks/shapes.ts';
import type { HubUnderTest } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';

/** An agent as it is far away: it knows the address of the hub and its own token, and speaks plain HTTP. */
export interface Agent {
  /** Undefined when there is no work. */
  claim(request: { readonly wait?: number }): Promise<Claimed | undefined>;
  heartbeat(claimed: Claimed, request: { readonly note?: string; readonly percent?: number }): Promise<HeartbeatAnswer>;
  /** Sends heartbeats until one tells an entry of that kind; gives all entries told meanwhile. */
  waitForNews(claimed: Claimed, entry: string): Promise<{ readonly events: readonly TaskEntry[] }>;
  /** Something about a held task that must be taken. */
  post<T>(claimed: Claimed, verb: string, body: object): Promise<T>;
  /** The same, whatever the answer. */
  send(claimed: Claimed, verb: string, body: object): Promise<Response>;
}

/** An agent of that name with a token of its own, of the role `agent`. */
export async function createAgent(hub: HubUnderTest, name: string): Promise<Agent> {
  const request = (token: string, path: string, body: object) =>
    fetch(`${hub.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const made = await request(hub.token, '/api/v1/tokens', { name, role: 'agent' });
  assert.equal(made.status, 201, await made.clone().text());
  const { text: token } = (await made.json()) as { text: string };

  const send: Agent['send'] = ({ task, lease }, verb, body) =>
    request(token, `/api/v1/tasks/${task.id}/${verb}`, { lease: lease.token, ...body });
  const post: Agent['post'] = async (claimed, verb, body) => {
    const response = await send(claimed, verb, body);
    assert.equal(response.status, 200, `${verb}: ${await response.clone().text()}`);
    return (await response.json()) as never;
  };
  const heartbeat: Agent['heartbeat'] = (claimed, body) => post(claimed, 'heartbeat', body);
  return {
    async claim({ wait = 0 }) {
      const response = await request(token, '/api/v1/tasks/claim', { agent: name, wait });
      if (response.status === 204) return undefined;
      assert.equal(response.status, 200, await response.clone().text());
      return (await response.json()) as Claimed;
    },
    heartbeat,
    async waitForNews(claimed, entry) {
      const events: TaskEntry[] = [];
      await waitUntil(async () => {
        events.push(...(await heartbeat(claimed, {})).events);
        return events.some(({ kind }) => kind === entry);
      }, `the agent is told of ${entry}`);
      return { events };
    },
    post,
    send,
  };
}
