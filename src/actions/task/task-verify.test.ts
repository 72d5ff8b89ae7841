import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import type { FakeKind } from '../../../test/fake-forge/contract.ts';
import { openTaskStage, type TaskStage, type TaskStageOptions } from '../../../test/task-stage.ts';
import type { GateVerdict, TaskGate } from '../../tasks/contract.ts';
import { taskVerify } from './task-verify.ts';

const MINUTE_MS = 60_000;
const PULL = { kind: 'pull' } as const;
const CHECKS = { kind: 'checks' } as const;
const REVIEW = { kind: 'review' } as const;

/** Node hands this on to every program it starts, whatever environment they are given. */
delete process.env['NODE_V8_COVERAGE'];

describe('task.verify', { skip: process.platform === 'win32' }, () => {
  const { withStore } = createDatabaseContext('embedded');
  const stage = (
    t: TestContext,
    gates: readonly TaskGate[],
    run: (one: TaskStage) => Promise<void>,
    wanted: TaskStageOptions = {},
  ) =>
    withStore(async (store) => {
      const one = await openTaskStage(t, store, { ...wanted, options: { gates } });
      await one.read();
      await run(one);
    });

  for (const kind of ['gitea', 'github', 'gitlab'] as const satisfies readonly FakeKind[]) {
    it(`lets through what is complete on ${kind}`, (t) =>
      stage(
        t,
        [PULL, CHECKS, REVIEW],
        async (one) => {
          const { world } = one;
          const pull = await world.openPull('ada', {
            title: 'Sort',
            body: `Closes #${one.issue.number}`,
            head: 'sort',
          });
          await world.setStatus('ada', pull, { context: 'ci/build', state: 'success' });
          await world.review('grace', pull, 'approved');
          await one.submit({ summary: 'Sorted it.', pull: String(pull.number) });
          const { task, verdicts } = await verify(one);
          assert.deepEqual(
            verdicts.map(({ gate, state }) => [gate, state]),
            [
              ['pull', 'passed'],
              ['checks', 'passed'],
              ['review', 'passed'],
            ],
          );
          assert.equal(task.state, 'succeeded');
          assert.deepEqual(task.result?.summary, 'Sorted it.');
        },
        { kind },
      ));
  }

  describe('the pull request', () => {
    it('is found by its number or its address, and never by what anybody could open', (t) =>
      // The program is not allowed, so that the agent keeps the task and can hand in again.
      stage(t, [PULL, { kind: 'command', argv: ['/nonexistent'] }], async (one) => {
        const { world, forge, issue } = one;
        world.addPerson('mallory', 'read');
        const elsewhere = await world.openPull('ada', { title: 'Another thing', head: 'other' });
        const found = async (result: { summary: string; pull?: string; branch?: string }) => {
          await one.submit(result);
          return (await verify(one)).verdicts[0];
        };
        await one.claim();
        const page = `${forge.url}/dataforge/app/pulls/${elsewhere.number}`;
        for (const pull of [String(elsewhere.number), `#${elsewhere.number}`, page])
          assert.match((await found({ summary: 'x', pull }))?.detail ?? '', /^Pull request 3 is open/);
        await world.openPull('mallory', {
          title: 'Sort',
          body: `Closes #${issue.number}`,
          head: 'fettle/1-something-is-wrong',
        });
        for (const branch of ['other', 'fettle/1-something-is-wrong']) {
          const vain = await found({ summary: 'x', branch });
          assert.equal(vain?.state, 'rejected');
          assert.match(vain?.detail ?? '', /The result names no pull request\. Open one from the branch `/);
        }
      }));

    it('is refused where it is elsewhere, closed, a draft, or not there; merged is as good as open', (t) =>
      stage(t, [PULL], async (one) => {
        const { world } = one;
        const judge = async (pull: string) => {
          await one.submit({ summary: 'x', pull });
          const { task, verdicts } = await verify(one);
          return { state: task.state, verdict: verdicts[0] };
        };
        await one.claim();
        for (const [pull, why] of [
          ['https://evil.example/dataforge/app/pulls/2', /is no pull request of dataforge\/app/],
          ['other/app#2', /is no pull request of dataforge\/app/],
          ['999', /There is no pull request 999/],
          ['1', /There is no pull request 1/],
        ] as const) {
          const { state, verdict } = await judge(pull);
          assert.deepEqual([state, verdict?.state], ['leased', 'rejected'], pull);
          assert.match(verdict?.detail ?? '', why);
        }
        const draft = await world.openPull('ada', { title: 'WIP: Sort', head: 'draft', isDraft: true });
        assert.match((await judge(String(draft.number))).verdict?.detail ?? '', /is a draft\. Mark it as ready/);
        const closed = await world.openPull('ada', { title: 'Sort', head: 'closed' });
        await world.close('ada', closed);
        assert.match((await judge(String(closed.number))).verdict?.detail ?? '', /closed without being merged/);
        const merged = await world.openPull('ada', { title: 'Sort', head: 'merged' });
        await world.merge('ada', merged);
        assert.equal((await judge(String(merged.number))).state, 'succeeded');
      }));
  });

  describe('the checks', () => {
    it('are waited for with growing pauses, and rejected by name when one fails', (t) =>
      stage(t, [CHECKS], async (one) => {
        const { world } = one;
        const pull = await world.openPull('ada', { title: 'Sort', head: 'sort' });
        await world.setStatus('ada', pull, { context: 'ci/build', state: 'pending' });
        await world.setStatus('ada', pull, { context: 'ci/lint', state: 'success' });
        await one.submit({ summary: 'x', pull: String(pull.number) });
        const pauses: number[] = [];
        for (let count = 0; count < 4; count += 1) {
          const { end, task } = await verify(one);
          assert.deepEqual([end.report.state, task.state], ['waiting', 'leased']);
          assert.match(task.verdicts?.[0]?.detail ?? '', /Still running for [0-9a-f]{12}: ci\/build\.$/);
          const pauseMs = Date.parse(end.report.nextAt ?? '') - one.nowMs();
          pauses.push(pauseMs);
          one.pass(pauseMs * 4);
        }
        assert.deepEqual(
          pauses,
          pauses.toSorted((a, b) => a - b),
        );
        assert.ok(pauses[0] === 5_000 && (pauses[3] ?? 0) > 10_000, String(pauses));
        await world.setStatus('ada', pull, { context: 'ci/build', state: 'failure' });
        const { task, verdicts } = await verify(one);
        assert.equal(task.submitted, null);
        assert.match(verdicts[0]?.detail ?? '', /^Failed for [0-9a-f]{12}: ci\/build\. Mend/);
      }));

    it('are rejected when there are none after a while, or they never end', (t) =>
      stage(t, [CHECKS], async (one) => {
        const { world } = one;
        const pull = await world.openPull('ada', { title: 'Sort', head: 'sort' });
        await one.submit({ summary: 'x', pull: String(pull.number) });
        assert.match((await verify(one)).task.verdicts?.[0]?.detail ?? '', /No check has begun/);
        one.pass(5 * MINUTE_MS);
        assert.match((await verify(one)).verdicts[0]?.detail ?? '', /There is no check at all/);
        await world.setStatus('ada', pull, { context: 'ci', state: 'pending' });
        await one.move({ kind: 'requeue', by: 'ada', note: null });
        await one.read();
        await one.claim();
        await one.submit({ summary: 'x', pull: String(pull.number) });
        one.pass(120 * MINUTE_MS);
        assert.match((await verify(one)).verdicts[0]?.detail ?? '', /Not finished after 2 hours: ci\./);
      }));
  });

  describe('the review', () => {
    it('counts of somebody else who may write, and no changes may be asked for', (t) =>
      stage(t, [REVIEW], async (one) => {
        const { world } = one;
        world.addPerson('eve', 'read');
        world.addPerson('linus', 'write');
        const pull = await world.openPull('ada', { title: 'Sort', head: 'sort' });
        await one.submit({ summary: 'x', pull: String(pull.number) });
        assert.match(
          (await verify(one)).task.verdicts?.[0]?.detail ?? '',
          /waits for the approval of somebody other than ada\.$/,
        );
        await world.review('eve', pull, 'approved');
        await world.review('fettle', pull, 'approved');
        const vain = await verify(one);
        assert.deepEqual([vain.task.state, vain.end.report.state], ['leased', 'waiting']);
        assert.match(
          vain.task.verdicts?.[0]?.detail ?? '',
          /The approval of eve, fettle does not count|The approval of fettle, eve does not count/,
        );
        await world.review('eve', pull, 'changes_requested');
        assert.equal((await verify(one)).end.report.state, 'waiting', 'a passer-by cannot hold it up either');
        await world.review('linus', pull, 'changes_requested');
        assert.match((await verify(one)).verdicts[0]?.detail ?? '', /^linus asked for changes on pull request/);
        await one.submit({ summary: 'x', pull: String(pull.number) });
        await world.review('linus', pull, 'approved');
        assert.equal((await verify(one)).task.state, 'succeeded');
      }));

    it('is not waited for without end', (t) =>
      stage(t, [REVIEW], async (one) => {
        const pull = await one.world.openPull('ada', { title: 'Sort', head: 'sort' });
        await one.submit({ summary: 'x', pull: String(pull.number) });
        await verify(one);
        one.pass(24 * 60 * MINUTE_MS);
        const { verdicts } = await verify(one);
        assert.match(verdicts[0]?.detail ?? '', /^Nobody approved pull request 3 in 24 hours\. Ask somebody/);
      }));
  });

  describe('a command', () => {
    const gate = (script: string): TaskGate => ({ kind: 'command', argv: [process.execPath, script] });
    const allow = (one: TaskStage) => {
      const user = process.getuid?.() === 0 ? '65534:65534' : null;
      one.config.exec = { enabled: true, programs: [process.execPath], user };
    };

    it('is never run unless the hub allows programs, and this one', (t) =>
      stage(t, [gate('/nonexistent')], async (one) => {
        await one.submit();
        const { verdicts, task } = await verify(one);
        assert.deepEqual([task.state, verdicts[0]?.state], ['leased', 'rejected']);
        assert.match(verdicts[0]?.detail ?? '', /`exec\.enabled` is off/);
        one.config.exec = { enabled: true, programs: ['/bin/true'], user: null };
        await one.submit();
        assert.match((await verify(one)).verdicts[0]?.detail ?? '', /add it to `exec\.programs`/);
      }));

    it('lets through by exit code 0, and gets the task by variables and standard input only', async (t) => {
      const script = write(
        t,
        `let stdin = '';
         process.stdin.on('data', (chunk) => (stdin += chunk)).on('end', () => {
           const { task, result, body } = JSON.parse(stdin);
           const seen = [process.argv.length, task.number, result.summary, body, Object.keys(process.env).toSorted()];
           console.log(JSON.stringify(seen));
           process.exit(3);
         });`,
      );
      await stage(
        t,
        [gate(script)],
        async (one) => {
          allow(one);
          await one.submit({ summary: '; rm -rf / $(id)', branch: '--upload-pack=x' });
          const { verdicts } = await verify(one);
          assert.match(verdicts[0]?.detail ?? '', /^It ended with exit code 3\. Mend what it found/);
          const said = JSON.parse(/\[.*\]$/.exec(verdicts[0]?.detail ?? '')?.[0] ?? '[]') as unknown[];
          assert.deepEqual(said.slice(0, 4), [2, 1, '; rm -rf / $(id)', 'It does not work.']);
          const names = said[4] as string[];
          assert.ok(names.includes('FETTLE_TASK_NUMBER') && names.includes('FETTLE_TASK_BRANCH'), String(names));
          assert.ok(!names.some((name) => !/^(FETTLE_|PATH$|HOME$|LANG$)/.test(name)), String(names));
        },
        { facts: { body: 'It does not work.' } },
      );
      await stage(t, [gate(write(t, ''))], async (one) => {
        allow(one);
        await one.submit();
        assert.equal((await verify(one)).task.state, 'succeeded');
      });
    });

    it('is asked again after exit code 75', (t) =>
      stage(t, [gate(write(t, `console.log('no room now'); process.exit(75)`))], async (one) => {
        allow(one);
        await one.submit();
        const { end, task } = await verify(one);
        assert.deepEqual([end.report.state, task.state], ['waiting', 'leased']);
        assert.match(task.verdicts?.[0]?.detail ?? '', /run again later\. It said last: no room now/);
        one.pass(120 * MINUTE_MS);
        assert.equal((await verify(one)).verdicts[0]?.state, 'rejected');
      }));

    it('waits until the other gates let through', (t) =>
      stage(t, [gate('/nonexistent'), CHECKS], async (one) => {
        allow(one);
        const pull = await one.world.openPull('ada', { title: 'Sort', head: 'sort' });
        await one.world.setStatus('ada', pull, { context: 'ci', state: 'pending' });
        await one.submit({ summary: 'x', pull: String(pull.number) });
        const { task } = await verify(one);
        const found = task.verdicts?.find((verdict) => verdict.gate.startsWith('command'));
        assert.deepEqual([found?.state, found?.detail], ['pending', 'It is run once the others let it through.']);
      }));
  });

  it('changes nothing for an older lease, or when nothing is handed in', (t) =>
    stage(t, [PULL], async (one) => {
      await one.submit({ summary: 'x', pull: '999' });
      const before = await one.task();
      for (const fence of [0, 2]) {
        const end = await one.act(taskVerify, { fence });
        assert.equal(end.report.state, 'skipped');
      }
      await one.move({ kind: 'judge', fence: 0, verdicts: [{ gate: 'pull', state: 'rejected', detail: 'no' }] });
      assert.deepEqual(await one.task(), before);
      await verify(one);
      assert.equal((await one.act(taskVerify, { fence: 1 })).report.state, 'skipped');
    }));

  it('asks again when the forge is away, and rejects what it can never look at', (t) =>
    stage(t, [PULL, CHECKS], async (one) => {
      await one.submit({ summary: 'x', pull: '2' });
      one.forge.interfere = () => 'drop';
      const away = await one.act(taskVerify, { fence: 1 });
      assert.deepEqual([away.report.state, away.code], ['failed', 'upstream_failed']);
      assert.equal((await one.task()).submitted?.pull, '2');
      one.forge.interfere = undefined;
      one.config.forges = { home: { ...one.forge.config, token: null } };
      const { verdicts } = await verify(one);
      assert.ok(
        verdicts.every(({ state, detail }) => state === 'rejected' && /cannot look at pull requests/.test(detail)),
      );
    }));
});

/** One attempt, with the run that was made when the work was handed in. */
async function verify(one: TaskStage) {
  const before = await one.task();
  const run = await one.ports
    .db()
    .selectFrom('runs')
    .select(['id', 'created_at'])
    .where('action', '=', 'task.verify')
    .orderBy('ordinal', 'desc')
    .executeTakeFirstOrThrow();
  const end = await one.act(taskVerify, { fence: before.fence }, { id: run.id, createdAtMs: run.created_at.getTime() });
  const task = await one.task();
  const verdicts: readonly GateVerdict[] = task.verdicts ?? [];
  return { end, task, verdicts };
}

function write(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-gate-'));
  chmodSync(folder, 0o755);
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'script.cjs');
  writeFileSync(path, script);
  return path;
}
