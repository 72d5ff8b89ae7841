import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { HeartbeatAnswer, TaskEntry } from '../../src/tasks/shapes.ts';
import { startFakeForge } from '../fake-forge/start.ts';
import { TOKENS } from '../fake-forge/state.ts';
import { createWorld, type World } from '../fake-forge/world.ts';
import { type ClientKind, connectNew, type McpClient, OVER_HTTP, OVER_STDIO, type ToolAnswer } from '../mcp-clients.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';

const SECRET = 'a-webhook-secret';

/** Whole tasks, driven by the official clients of both generations over HTTP and over the standard input and output, with people on a forge. */
describe('tasks by the Model Context Protocol', () => {
  let hub: HubUnderTest;
  let world: World;
  const closers: (() => Promise<void>)[] = [];

  before(async () => {
    const closer = { after: (close: () => Promise<void>) => void closers.push(close) };
    const forge = await startFakeForge(closer, { kind: 'gitea', startMs: Date.now() });
    hub = await startTestHub({
      config: `
forges: { home: { kind: gitea, url: "${forge.url}", token: ${TOKENS.fettle}, secret: ${SECRET} } }
network: { allowPrivate: [127.0.0.1/32] }
recipes:
  - coordinator: { forge: home, assignee: mosaic }
`,
    });
    world = createWorld(forge, { hub: { url: `${hub.url}/webhook/home`, secret: SECRET } });
    world.addPerson('mosaic', 'read');
  });
  after(async () => {
    await hub.stop();
    for (const close of closers) await close();
  });

  /** Lends a client with a token of its own. */
  async function withClient(kind: ClientKind, run: (client: McpClient) => Promise<void>): Promise<void> {
    const made = await hub.post('/api/v1/tokens', JSON.stringify({ name: kind.name, role: 'agent' }), {
      authorization: `Bearer ${hub.token}`,
      'content-type': 'application/json',
    });
    const { text: token } = JSON.parse(made.text) as { text: string };
    const client = await kind.open({ url: hub.url, token, directory: tmpdir() });
    try {
      await run(client);
    } finally {
      await client.close();
    }
  }

  async function assign(title: string) {
    const issue = await world.openIssue('ada', { title, body: 'It squeaks.' });
    await world.assign('ada', issue, { add: ['mosaic'] });
    return issue;
  }

  async function decide(id: string, verb: 'requeue' | 'cancel'): Promise<void> {
    const headers = { authorization: `Bearer ${hub.token}`, 'content-type': 'application/json' };
    const { status, text } = await hub.post(`/api/v1/tasks/${id}/${verb}`, '{}', headers);
    assert.equal(status, 200, text);
  }

  for (const kind of [...OVER_HTTP, ...OVER_STDIO]) {
    it(`${kind.name} does a whole task`, async () => {
      await withClient(kind, async (client) => {
        const { next: begin } = taken(await client.call('events_since')) as { next: number };
        const identity = taken(await client.call('whoami'));
        assert.deepEqual([identity.role, identity.mayWork, identity.agents], ['agent', true, []]);

        const issue = await assign(`Mend the door for ${kind.name}`);
        await waitUntil(async () => {
          const { tasks } = taken(await client.call('list_tasks')) as { tasks: { number: number }[] };
          return tasks.some(({ number }) => number === issue.number);
        }, 'the task is on the list');
        const ready = JSON.parse(await client.readResource('fettle://tasks/ready')) as { tasks: { title: string }[] };
        assert.ok(ready.tasks.some(({ title }) => title === issue.title));

        const request = { agent: 'own', wait: 10, idempotency_key: randomUUID() };
        const { task, lease, context } = taken(await client.call('claim_task', request)) as unknown as Claim;
        assert.deepEqual([task.number, context.title, context.body], [issue.number, issue.title, 'It squeaks.']);
        const again = taken(await client.call('claim_task', request)) as unknown as Claim;
        assert.deepEqual([again.task.id, again.lease.token], [task.id, lease.token], 'the same key, the same lease');
        const reused = await client.call('claim_task', { ...request, agent: 'other' });
        assert.match(reused.texts[0] ?? '', /^Error idempotency_key_reused: /);

        const about = { id: task.id, lease: lease.token };
        await client.call('heartbeat_task', { ...about, note: 'looking for oil', percent: 20 });
        await world.comment('grace', issue, 'The oil is in the shed.');
        const heard = await waitForNews(client, about, 'commented');
        assert.match(JSON.stringify(heard), /in the shed/);

        const asked = taken(await client.call('ask_human', { ...about, question: 'Which shed?' }));
        assert.equal(asked.state, 'needs_input');
        await waitUntil(() => issue.comments.some(({ body }) => body.includes('Which shed?')), 'the question is there');
        await world.comment('grace', issue, 'The red one.');
        assert.match(JSON.stringify(await waitForNews(client, about, 'answered')), /The red one/);

        const looked = taken(await client.call('get_task', { id: task.id, context: true }));
        assert.equal((looked.context as { title: string }).title, issue.title);
        const done = {
          ...about,
          result: { summary: 'Oiled.', branch: context.suggestedBranch },
          idempotency_key: 'done',
        };
        assert.equal(taken(await client.call('complete_task', done)).state, 'succeeded');
        assert.equal(taken(await client.call('complete_task', done)).state, 'succeeded', 'twice is once');
        const { idempotency_key: _key, ...keyless } = done;
        assert.equal(taken(await client.call('complete_task', keyless)).state, 'succeeded', 'without a key as well');
        const over = await client.call('heartbeat_task', about);
        assert.match(over.texts[0] ?? '', /^Error lease_stale: .*\n(.*\n)?What to do: .*claim_task/);

        const types = await readTypes(client, begin, task.id);
        const story = ['task.opened', 'task.ready', 'task.claimed', 'task.asked', 'task.answered', 'task.succeeded'];
        assert.deepEqual(
          types.filter((type) => story.includes(type)),
          story,
        );
      });
    });

    it(`${kind.name} loses a task that is given out anew, and stops when one is called off`, async () => {
      await withClient(kind, async (client) => {
        await assign(`Paint the door for ${kind.name}`);
        const first = taken(await client.call('claim_task', { agent: 'first', wait: 10 })) as unknown as Claim;
        const about = { id: first.task.id, lease: first.lease.token };
        await decide(first.task.id, 'requeue');
        const second = taken(await client.call('claim_task', { agent: 'second', wait: 10 })) as unknown as Claim;
        assert.equal(second.task.id, first.task.id);
        assert.ok(second.lease.fence > first.lease.fence);
        const calls: [string, object][] = [
          ['heartbeat_task', {}],
          ['ask_human', { question: 'Which paint?' }],
          ['complete_task', { result: { summary: 'Painted.' } }],
          ['fail_task', { error: 'No paint.', retryable: true }],
          ['release_task', {}],
        ];
        for (const [tool, more] of calls) {
          const stale = await client.call(tool, { ...about, ...more });
          assert.ok(stale.isError, tool);
          assert.match(stale.texts[0] ?? '', /^Error lease_stale: .*\n.*held by second until .*\nWhat to do: .*Stop/);
        }

        const present = { id: second.task.id, lease: second.lease.token };
        await decide(second.task.id, 'cancel');
        const told = await client.call('heartbeat_task', present);
        assert.equal(taken(told).cancelRequested, true);
        assert.match(told.texts[0] ?? '', /^Stop: /);
        const late = await client.call('complete_task', { ...present, result: { summary: 'Painted.' } });
        assert.match(late.texts[0] ?? '', /^Error task_cancelled: .*\n(.*\n)?What to do: Stop/);
      });
    });
  }

  it('gives one task to one of several clients that ask for it at once', async () => {
    const [modern, , old] = OVER_HTTP;
    assert.ok(modern !== undefined && old !== undefined);
    await withClient(modern, async (one) => {
      await withClient(old, async (other) => {
        const waiting = [one, other, one, other].map((client, index) =>
          client.call('claim_task', { agent: `agent-${index}`, wait: 3 }),
        );
        await assign('Only one door');
        const claims = (await Promise.all(waiting)).map(taken) as unknown as Claim[];
        const got = claims.filter(({ task }) => task !== null);
        assert.equal(got.length, 1);
        const [claim] = got;
        assert.ok(claim !== undefined);
        const about = { id: claim.task.id, lease: claim.lease.token };
        const winner = claims.indexOf(claim) % 2 === 0 ? one : other;
        const loser = winner === one ? other : one;
        const foreign = await loser.call('release_task', about);
        assert.match(foreign.texts[0] ?? '', /^Error lease_stale/, 'a lease counts only from the token that claimed');
        assert.equal(
          taken(await winner.call('fail_task', { ...about, error: 'No door.', retryable: false })).state,
          'failed',
        );
      });
    });
  });

  it('tells who listens that there is work', async () => {
    const client = await connectNew({ url: hub.url, token: hub.token });
    closers.push(() => client.close());
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    await client.listen({ resourceSubscriptions: ['fettle://tasks/ready'] });
    await assign('A door to hear of');
    await waitUntil(() => heard.includes('fettle://tasks/ready'), 'the listener is told');
    const claimed = await client.callTool({ name: 'claim_task', arguments: { agent: 'own', wait: 10 } });
    const { task, lease } = claimed.structuredContent as Claim;
    const end = { id: task.id, lease: lease.token, result: { summary: 'Heard.' } };
    await client.callTool({ name: 'complete_task', arguments: end });
  });

  it('refuses a result that is too large, in words', async () => {
    for (const kind of [OVER_HTTP[0], OVER_STDIO[0]]) {
      assert.ok(kind !== undefined);
      await withClient(kind, async (client) => {
        await assign('A heavy door');
        const { task, lease } = taken(await client.call('claim_task', { agent: 'own', wait: 10 })) as unknown as Claim;
        const about = { id: task.id, lease: lease.token };
        const result = { summary: 'Heavy.', data: 'x'.repeat(1_000_000) };
        const refused = await client.call('complete_task', { ...about, result });
        assert.match(refused.texts[0] ?? '', /^Error body_too_large: .*\nWhat to do: Nothing was changed\./);
        const wordy = await client.call('complete_task', { ...about, result: { summary: 'x'.repeat(8_001) } });
        assert.match(wordy.texts[0] ?? '', /^Error invalid_request: .*result\.summary: /);
        assert.equal(taken(await client.call('release_task', { ...about, handover: 'Too heavy.' })).state, 'queued');
        const next = taken(await client.call('claim_task', { agent: 'strong', wait: 10 })) as unknown as Claim;
        assert.equal(next.context.handover, 'Too heavy.');
        const end = { id: next.task.id, lease: next.lease.token, result: { summary: 'Done.' } };
        assert.equal(taken(await client.call('complete_task', end)).state, 'succeeded');
      });
    }
  });
});

interface Claim {
  readonly task: { readonly id: string; readonly number: number };
  readonly lease: { readonly token: string; readonly fence: number };
  readonly context: {
    readonly title: string;
    readonly body: string;
    readonly suggestedBranch: string;
    readonly handover: string | null;
  };
}

/** The answer of a call that must not fail. */
function taken({ isError, texts, value }: ToolAnswer): Readonly<Record<string, unknown>> {
  assert.ok(!isError && value !== undefined, texts.join('\n'));
  return value;
}

async function waitForNews(client: McpClient, about: object, wanted: string): Promise<readonly TaskEntry[]> {
  const entries: TaskEntry[] = [];
  await waitUntil(async () => {
    const { events } = taken(await client.call('heartbeat_task', { ...about })) as unknown as HeartbeatAnswer;
    entries.push(...events);
    return entries.some(({ kind }) => kind === wanted);
  }, `the agent is told of ${wanted}`);
  return entries;
}

/** Types of the events about a task since a cursor, in order. */
async function readTypes(client: McpClient, begin: number, id: string): Promise<readonly string[]> {
  const types: string[] = [];
  for (let cursor = begin; ;) {
    const page = taken(await client.call('events_since', { cursor, types: ['task.*'], limit: 3 })) as unknown as {
      events: { type: string; task: { id: string } }[];
      next: number;
    };
    types.push(...page.events.filter(({ task }) => task.id === id).map(({ type }) => type));
    if (page.events.length === 0) return types;
    cursor = page.next;
  }
}
