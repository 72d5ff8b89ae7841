import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import type { FakeKind } from '../../../test/fake-forge/contract.ts';
import { openTaskStage, type TaskStage, type TaskStageOptions } from '../../../test/task-stage.ts';
import { listLastEntries } from '../../store/task-entries.ts';
import { taskHear } from './task-hear.ts';

describe('task.hear', () => {
  const { withStore } = createDatabaseContext('embedded');
  const stage = (t: TestContext, wanted: TaskStageOptions, run: (one: TaskStage) => Promise<void>) =>
    withStore(async (store) => {
      const one = await openTaskStage(t, store, wanted);
      await one.read();
      await one.move({ kind: 'ask', lease: await one.claim(), question: 'Which branch?' });
      await run(one);
    });
  const by = (author: string, body = 'Take main.') => ({
    comment: { id: '5', author, body, at: '2026-03-14T09:31:00Z', url: null },
  });
  /** Hears somebody; gives what the journal says of it last. */
  const hear = async (one: TaskStage, author: string, body?: string) => {
    const { report } = await one.act(taskHear, by(author, body));
    assert.equal(report.state, 'succeeded', report.reason ?? '');
    const [entry] = await listLastEntries(one.ports.db(), one.id, 1);
    return { state: (await one.task()).state, kind: entry?.kind, by: entry?.by, data: entry?.data ?? {} };
  };

  for (const kind of ['gitea', 'github', 'gitlab'] as const satisfies readonly FakeKind[]) {
    it(`takes the answer of somebody who may write on ${kind}, and of nobody who may not`, (t) =>
      stage(t, { kind }, async (one) => {
        one.world.addPerson('eve', 'read');
        one.world.addPerson('linus', 'write');
        const refused = await hear(one, 'eve');
        assert.deepEqual([refused.state, refused.kind, refused.by], ['needs_input', 'not_an_answer', 'eve']);
        assert.match(String(refused.data['why']), /neither asked for this task nor may write/);
        const taken = await hear(one, 'linus');
        assert.deepEqual([taken.state, taken.kind, taken.by], ['leased', 'answered', 'linus']);
        assert.deepEqual([taken.data['permission'], taken.data['body']], ['write', 'Take main.']);
      }));
  }

  it('takes the answer of who asked for the task and of who opened the issue, whatever they may do', (t) =>
    stage(t, { facts: { author: 'Grace' } }, async (one) => {
      one.world.addPerson('ada', 'read');
      one.world.addPerson('grace', 'read');
      assert.equal((await hear(one, 'Ada')).data['permission'], 'requester');
      const lease = { hash: '1'.padStart(64, '0'), principal: 'worker' };
      await one.move({ kind: 'ask', lease, question: 'And then?' });
      assert.equal((await hear(one, 'grace')).data['permission'], 'author');
    }));

  it('does not take the name of a token for that of an account', (t) =>
    stage(t, { reason: { by: 'api', actor: 'eve' } }, async (one) => {
      one.world.addPerson('eve', 'read');
      assert.equal((await hear(one, 'eve')).kind, 'not_an_answer');
    }));

  it('never hears itself, its own further accounts, bots, or a text with its own mark', (t) =>
    stage(t, { facts: { author: 'robot' }, reason: { actor: 'fettle' } }, async (one) => {
      one.config.forges = { home: { ...one.forge.config, accounts: ['Robot'] } };
      for (const login of ['fettle', 'Fettle', 'robot', 'renovate[bot]'])
        assert.equal((await hear(one, login)).kind, 'not_an_answer', login);
      const marked = 'Take main.\n\n<!-- fettle:run=0192e4a0-1111-8000-8000-00000000abcd hops=1 -->';
      assert.equal((await hear(one, 'grace', marked)).kind, 'not_an_answer');
      assert.equal((await one.task()).state, 'needs_input');
    }));

  it('believes what the delivery says that its author may do, where the forge does not tell', (t) =>
    stage(t, {}, async (one) => {
      one.forge.interfere = ({ path }) => (path.endsWith('/permission') ? { status: 403, body: {} } : undefined);
      assert.equal((await hear(one, 'linus')).kind, 'not_an_answer');
      const { comment } = by('linus');
      const told = { comment: { ...comment, permission: 'write' } };
      assert.equal((await one.act(taskHear, told)).report.state, 'succeeded');
      const [entry] = await listLastEntries(one.ports.db(), one.id, 1);
      assert.deepEqual([entry?.kind, entry?.data['permission']], ['answered', 'write']);
    }));

  it('does not take the word of the account that works on it for an answer', (t) =>
    stage(t, { reason: { by: 'assignee', value: 'Mosaic', actor: 'mosaic' } }, async (one) => {
      one.world.addPerson('mosaic', 'admin');
      assert.equal((await hear(one, 'mosaic')).kind, 'not_an_answer');
      one.world.addPerson('linus', 'admin');
      assert.equal((await hear(one, 'linus')).kind, 'answered');
    }));

  it('asks again when the forge is away, and asks no forge that it has no token for', (t) =>
    stage(t, {}, async (one) => {
      one.world.addPerson('linus', 'write');
      one.forge.interfere = () => 'drop';
      const away = await one.act(taskHear, by('linus'));
      assert.deepEqual([away.report.state, away.code], ['failed', 'upstream_failed']);
      one.forge.interfere = undefined;
      one.config.forges = { home: { ...one.forge.config, token: null } };
      assert.equal((await hear(one, 'linus')).kind, 'not_an_answer');
      assert.equal((await hear(one, 'ada')).kind, 'answered');
    }));

  it('leaves alone what is no question any more', (t) =>
    stage(t, {}, async (one) => {
      await hear(one, 'ada');
      const again = await one.act(taskHear, by('ada', 'No, take dev.'));
      assert.equal(again.report.state, 'skipped');
      const gone = await one.act(taskHear, { ...by('ada'), task: '0192e4a0-0000-7000-8000-000000000000' });
      assert.match(gone.report.reason ?? '', /not kept any more/);
    }));
});
