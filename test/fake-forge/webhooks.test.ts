import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { getDriver } from '../../src/forges/registry.ts';
import { listSamples } from '../../src/forges/samples.ts';
import { parseDelivery, verifyDelivery } from '../../src/forges/verify.ts';
import { startTestHub } from '../running-hub.ts';
import { waitUntil } from '../wait-until.ts';
import { FakeRefusal } from './contract.ts';
import { startFakeForge } from './start.ts';
import { SHA } from './state.ts';
import type { SentWebhook } from './webhooks.ts';
import { createWorld, type World } from './world.ts';

const SECRET = 'a-webhook-secret-for-tests';
/** Nobody listens there; what is sent is looked at here. */
const NOWHERE = 'http://127.0.0.1:1/webhook/home';

async function open(t: TestContext, kind: 'gitea' | 'forgejo' = 'gitea') {
  const forge = await startFakeForge(t, { kind });
  return { forge, world: createWorld(forge, { hub: { url: NOWHERE, secret: SECRET } }) };
}

/** One of everything that is told by webhook. */
async function playStory(world: World): Promise<void> {
  const issue = await world.openIssue('ada', { title: 'Broken', body: 'It is', labels: ['bug'], assignees: ['grace'] });
  await world.assign('ada', issue, { add: ['fettle'], remove: ['grace'] });
  await world.label('grace', issue, { add: ['urgent'], remove: ['bug'] });
  await world.label('grace', issue, { remove: ['urgent'] });
  await world.edit('ada', issue, { title: 'Very broken' });
  const comment = await world.comment('grace', issue, 'Why?');
  await world.editComment('grace', issue, comment, 'How?');
  const pull = await world.openPull('fettle', { title: 'Mend', body: `Closes #${issue.number}`, head: 'mend' });
  await world.comment('ada', pull, 'Thanks');
  await world.assign('ada', pull, { add: ['fettle'] });
  await world.label('ada', pull, { add: ['bug'] });
  await world.push('fettle', pull);
  await world.review('grace', pull, 'changes_requested', 'No.');
  await world.review('grace', pull, 'approved', 'Yes.');
  await world.review('ada', pull, 'commented', 'Nice.');
  await world.setStatus('ada', pull, { context: 'ci', state: 'success' });
  await world.merge('ada', pull);
  await world.reopen('ada', issue);
}

const STORY = [
  'issues issues opened',
  'issues issue_label label_updated',
  'issues issue_assign assigned',
  'issues issue_assign assigned',
  'issues issue_assign unassigned',
  'issues issue_label label_updated',
  'issues issue_label label_cleared',
  'issues issues edited',
  'issue_comment issue_comment created',
  'issue_comment issue_comment edited',
  'pull_request pull_request opened',
  'issue_comment pull_request_comment created',
  'pull_request pull_request_assign assigned',
  'pull_request pull_request_label label_updated',
  'pull_request pull_request_sync synchronized',
  'pull_request_rejected pull_request_review_rejected reviewed',
  'pull_request_approved pull_request_review_approved reviewed',
  'pull_request_comment pull_request_review_comment reviewed',
  'status status ',
  'pull_request pull_request closed',
  'issues issues closed',
  'issues issues reopened',
];

function read(kind: 'gitea' | 'forgejo', webhook: SentWebhook, secret = SECRET) {
  const driver = getDriver(kind);
  const request = { headers: webhook.headers, body: webhook.bytes };
  const trust = { secrets: [secret], unsigned: false, insecure: false };
  const parsed = parseDelivery(verifyDelivery(driver, request, trust, { secure: true }, Date.now()));
  return { identity: driver.identify(parsed), ...driver.normalise(parsed) };
}

describe('webhooks of the fake Gitea', () => {
  it('are sent for all that people do, in order', async (t) => {
    const { world } = await open(t);
    await playStory(world);
    const sent = world.webhooks?.sent ?? [];
    assert.deepEqual(
      sent.map(({ event, type, payload }) => toName(event, type, payload)),
      STORY,
    );
    assert.equal(new Set(sent.map(({ deliveryId }) => deliveryId)).size, sent.length);
    assert.ok(sent.every(({ status }) => status === null));
  });

  for (const kind of ['gitea', 'forgejo'] as const) {
    it(`are signed, named and read as those of ${kind}`, async (t) => {
      const { world } = await open(t, kind);
      await playStory(world);
      const types: string[] = [];
      for (const webhook of world.webhooks?.sent ?? []) {
        const { identity, drafts, snapshot } = read(kind, webhook);
        assert.equal(identity?.deliveryId, webhook.deliveryId);
        assert.throws(() => read(kind, webhook, 'another-secret'), /another secret/);
        types.push(...drafts.map(({ type }) => type), ...(snapshot?.touched === undefined ? [] : [snapshot.touched]));
        assert.ok(drafts.every(({ repo, actor }) => repo?.fullName === 'dataforge/app' && actor !== undefined));
      }
      assert.deepEqual(types, [
        'issue.opened',
        'labels',
        'assignees',
        'assignees',
        'assignees',
        'labels',
        'labels',
        'issue.edited',
        'comment.created',
        'comment.edited',
        'pull.opened',
        'comment.created',
        'assignees',
        'labels',
        'pull.synchronized',
        'review.changes_requested',
        'review.approved',
        'review.commented',
        'status.updated',
        'pull.merged',
        'issue.closed',
        'issue.reopened',
      ]);
    });
  }

  it('hold every field that the samples of Gitea hold', async (t) => {
    const { world } = await open(t);
    await playStory(world);
    const samples = new Map(
      listSamples('gitea').map((sample) => [toName(sample.event, sample.eventType, sample.payload), sample.payload]),
    );
    let compared = 0;
    for (const { event, type, payload } of world.webhooks?.sent ?? []) {
      const sample = samples.get(toName(event, event === 'status' ? undefined : type, payload));
      if (sample === undefined) continue;
      compared += 1;
      const name = `${event} ${type}`;
      assertHolds(payload, sample, name);
      for (const part of ['issue', 'pull_request', 'comment', 'review']) {
        if (sample[part] !== null && sample[part] !== undefined)
          assertHolds(payload[part], sample[part], `${name} ${part}`);
      }
    }
    assert.ok(compared > 12, `only ${compared} have a sample`);
  });

  it('are sent for what programs do too, and the rights of who did it stand in them', async (t) => {
    const { world, forge } = await open(t);
    world.addPerson('visitor', 'read');
    const issue = await world.openIssue('visitor', { title: 'Broken', labels: ['bug'], assignees: ['fettle'] });
    assert.deepEqual([issue.labels, issue.assignees], [[], []]);
    const repo = { id: '1', fullName: 'dataforge/app', owner: 'dataforge', name: 'app' };
    await forge.api().comments?.create({ repo, subject: 'issue', number: issue.number }, 'I am on it');
    await world.webhooks?.settled();
    const drafts = (world.webhooks?.sent ?? []).flatMap((webhook) => read('gitea', webhook).drafts);
    assert.deepEqual(
      drafts.map(({ type, permission, actor }) => [type, permission, actor?.login]),
      [
        ['issue.opened', 'read', 'visitor'],
        ['comment.created', 'write', 'fettle'],
      ],
    );
  });

  it('are not sent for what is refused', async (t) => {
    const { world } = await open(t);
    world.addPerson('visitor', 'read');
    const issue = await world.openIssue('ada', { title: 'Broken' });
    const pull = await world.openPull('ada', { title: 'Mend', head: 'mend' });
    const before = world.webhooks?.sent.length;
    const refused: readonly (() => Promise<unknown>)[] = [
      () => world.assign('visitor', issue, { add: ['fettle'] }),
      () => world.label('visitor', issue, { add: ['bug'] }),
      () => world.edit('visitor', issue, { title: 'Mine' }),
      () => world.close('visitor', issue),
      () => world.merge('visitor', pull),
      () => world.push('visitor', pull),
      () => world.review('ada', pull, 'approved'),
      () => world.setStatus('visitor', SHA, { context: 'ci', state: 'success' }),
    ];
    for (const deed of refused) await assert.rejects(deed, FakeRefusal);
    await world.webhooks?.settled();
    assert.equal(world.webhooks?.sent.length, before);
  });

  it('are taken by a hub, which knows who was assigned and what was labelled', async (t) => {
    const forge = await startFakeForge(t, { kind: 'gitea', startMs: Date.now() - 600_000 });
    const hub = await startTestHub({
      config: `version: 1\nforges:\n  home:\n    kind: gitea\n    url: ${forge.url}\n    secret: ${SECRET}\n`,
    });
    t.after(() => hub.stop());
    const world = createWorld(forge, { hub: { url: `${hub.url}/webhook/home`, secret: SECRET } });
    await playStory(world);
    assert.ok(world.webhooks?.sent.every(({ status }) => status === 200));
    await waitUntil(async () => (await hub.books()).total.filtered === STORY.length, 'all of the story is drained');
    const types = (await hub.deliveries()).flatMap((delivery) => delivery.types);
    for (const [type, count] of [
      ['issue.assigned', 2],
      ['issue.unassigned', 1],
      ['issue.labeled', 2],
      ['issue.unlabeled', 2],
      ['pull.assigned', 1],
      ['pull.labeled', 1],
      ['pull.merged', 1],
      ['issue.closed', 1],
      ['unknown', 0],
    ] as const) {
      assert.equal(types.filter((each) => each === type).length, count, type);
    }
  });
});

function toName(
  event: string,
  type: string | undefined,
  { action }: { readonly [name: string]: unknown; readonly action?: unknown },
): string {
  return `${event} ${type ?? ''} ${typeof action === 'string' ? action : ''}`;
}

function assertHolds(given: unknown, wanted: unknown, name: string): void {
  const missing = Object.keys(wanted as object).filter((key) => !Object.hasOwn(given as object, key));
  assert.deepEqual(missing, [], `${name} lacks fields`);
}
