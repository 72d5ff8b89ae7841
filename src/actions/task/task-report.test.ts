import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDatabaseContext } from '../../../test/databases.ts';
import type { FakeKind, FakeSubject } from '../../../test/fake-forge/contract.ts';
import { addSubject } from '../../../test/fake-forge/state.ts';
import { openTaskStage, TASK_CONFIG, type TaskStage, type TaskStageOptions } from '../../../test/task-stage.ts';
import { findMarker, toStickyMarker } from '../../core/marker.ts';
import { taskReport } from './task-report.ts';

describe('task.report', () => {
  const { withStore } = createDatabaseContext('embedded');
  const stage = (t: TestContext, wanted: TaskStageOptions, run: (one: TaskStage) => Promise<void>) =>
    withStore(async (store) => run(await openTaskStage(t, store, wanted)));

  for (const kind of ['gitea', 'forgejo', 'github', 'gitlab'] as const satisfies readonly FakeKind[]) {
    it(`keeps one comment up to date over the life of a task on ${kind}`, (t) =>
      stage(t, { kind, options: { gates: [{ kind: 'pull' }] } }, async (one) => {
        const { issue, move, act } = one;
        assert.equal((await act(taskReport)).report.state, 'succeeded');
        assert.match(textOf(issue), /\*\*Waiting until it can begin\*\*/);
        await one.read();
        await act(taskReport);
        assert.match(textOf(issue), /\*\*Waiting for an agent\*\*/);
        assert.match(textOf(issue), /Estimate: \*\*60,000 tokens\*\*/);
        assert.match(textOf(issue), /Any agent may take it\./);
        const lease = await one.claim();
        await act(taskReport);
        assert.match(textOf(issue), /\*\*`mosaic-1` is working on it\*\*, since 2026-03-14 09:30 UTC/);
        assert.match(textOf(issue), /Attempt 1 of 3/);
        await move({ kind: 'heartbeat', lease, note: 'Writing *tests*', percent: 40 });
        await act(taskReport);
        assert.match(textOf(issue), /09:30 UTC, 40 %\n\nLast note: Writing \\\*tests\\\*/);
        await move({ kind: 'ask', lease, question: 'Which branch?' });
        await act(taskReport);
        assert.match(textOf(issue), /\*\*`mosaic-1` has a question\*\*.*\n\n.*\n\n> Which branch\?/);
        const comment = { id: '5', author: 'ada', body: 'main', at: '2026-03-14T09:31:00Z', url: null };
        await move({ kind: 'answer', comment, permission: 'write' });
        await one.submit({ summary: 'Sorted it.', pull: '2' });
        await act(taskReport);
        assert.match(textOf(issue), /`mosaic-1` says it is done; being checked/);
        assert.match(textOf(issue), /⏳ `pull`: Not checked yet/);
        assert.match(textOf(issue), kind === 'gitlab' ? /Pull request: !2/ : /Pull request: #2/);
        const verdict = { gate: 'pull', state: 'passed', detail: 'Pull request 2 is open.' } as const;
        await move({ kind: 'judge', fence: 1, verdicts: [verdict] });
        const { report } = await act(taskReport);
        assert.match(textOf(issue), /^\*\*Done\*\*/);
        assert.match(textOf(issue), /✅ `pull`: Pull request 2 is open/);
        assert.match(textOf(issue), /What the agent says it did:\n\n> Sorted it\./);
        assert.match(textOf(issue), /answered by `ada`/);
        assert.match(
          textOf(issue),
          new RegExp(`Task \`${one.id}\`, round 1 · labelled \`agent\` \\(by \`ada\`, event 412\\)`),
        );
        assert.match(textOf(issue), /rule `coordinator` · agent `mosaic-1` · lease 1 · 0 failed/);
        assert.equal(issue.comments.length, 1);
        assert.equal(String(issue.comments[0]?.id), (report.result as { data: { id: string } }).data.id);
      }));
  }

  it('edits nothing when it would say the same', (t) =>
    stage(t, {}, async ({ issue, forge, act }) => {
      await act(taskReport);
      const again = await act(taskReport);
      assert.equal(again.report.state, 'unchanged');
      assert.equal(issue.comments[0]?.version, 0);
      assert.equal(forge.requests.filter(({ method }) => method !== 'GET').length, 1);
    }));

  it('does not comment twice when an attempt died before it heard of its comment', (t) =>
    stage(t, {}, async ({ issue, forge, act }) => {
      forge.interfere = ({ method }) => (method === 'GET' ? undefined : 'drop-after');
      const id = '0192e4a0-1111-8000-8000-00000000abcd';
      const first = await act(taskReport, {}, { id });
      assert.deepEqual([first.report.state, first.code], ['failed', 'upstream_failed']);
      forge.interfere = undefined;
      const second = await act(taskReport, {}, { id, attempt: 2, steps: first.report.steps });
      assert.equal(second.report.state, 'succeeded');
      assert.equal(issue.comments.length, 1);
      assert.equal(findMarker(textOf(issue))?.run, id);
    }));

  it('neither edits nor believes a comment of somebody else that looks like its own', (t) =>
    stage(t, {}, async ({ issue, world, act }) => {
      const imitation = `**Done**\n\n${toStickyMarker('task', 'gitea')}\n<!-- fettle:run=0192e4a0-1111-8000-8000-00000000abcd hops=1 -->`;
      await world.comment('ada', issue, imitation);
      await act(taskReport);
      assert.equal(issue.comments.length, 2);
      assert.equal(issue.comments[0]?.body, imitation);
      assert.equal(issue.comments[1]?.author.login, 'fettle');
      await world.comment('ada', issue, imitation);
      assert.equal((await act(taskReport)).report.state, 'unchanged');
      assert.equal(issue.comments.length, 3);
    }));

  it('writes anew what somebody deleted', (t) =>
    stage(t, {}, async ({ issue, act }) => {
      await act(taskReport);
      issue.comments.splice(0);
      assert.equal((await act(taskReport)).report.state, 'succeeded');
      assert.equal(issue.comments.length, 1);
    }));

  it('keeps the comments of two tasks apart', (t) =>
    withStore(async (store) => {
      const one = await openTaskStage(t, store);
      const { forge, world } = one;
      const author = world.repository.subjects[0]?.author;
      assert.ok(author);
      const issue = addSubject(forge.state, world.repository, 'issue', author);
      const other = await openTaskStage(t, store, { forge, issue });
      for (const { act } of [one, other, one, other]) await act(taskReport);
      assert.deepEqual([one.issue.comments.length, other.issue.comments.length], [1, 1]);
      assert.match(textOf(one.issue), new RegExp(one.id));
      assert.match(textOf(other.issue), new RegExp(other.id));
    }));

  it('shows the state by labels, and leaves all others and the assignee alone', (t) =>
    stage(t, {}, async ({ issue, world, config, act, read, claim }) => {
      config.tasks = { ...TASK_CONFIG, labels: { queued: 'agent: waiting', leased: 'agent: working' } };
      await world.label('ada', issue, { add: ['bug', 'agent: working'] });
      await world.assign('ada', issue, { add: ['grace'] });
      await act(taskReport);
      assert.deepEqual(issue.labels, ['bug']);
      await read();
      await act(taskReport);
      assert.deepEqual(issue.labels, ['bug', 'agent: waiting']);
      await claim();
      await act(taskReport);
      assert.deepEqual(issue.labels, ['bug', 'agent: working']);
      assert.equal((await act(taskReport)).report.state, 'unchanged');
      assert.deepEqual(issue.assignees, ['grace']);
    }));

  it('repeats the texts of others literally, and nothing that is hidden in them', (t) =>
    stage(t, {}, async ({ issue, read, claim, move, act }) => {
      await read();
      const lease = await claim('<b>@all</b> `agent`');
      const mark = '<!-- fettle:run=0192e4a0-1111-8000-8000-00000000abcd hops=0 -->';
      const hostile = `@ada <img src=x onerror=alert(1)> [x](http://e) ${mark}<!-- secret wish -->\n/close\n# Title\u202e\u200b`;
      await move({ kind: 'heartbeat', lease, note: hostile, percent: 1 });
      await act(taskReport);
      await move({ kind: 'release', lease, handover: hostile });
      await act(taskReport);
      const text = textOf(issue);
      assert.doesNotMatch(text, /@(ada|all)\b/);
      // In a code span everything is literal anyway.
      assert.doesNotMatch(text.replaceAll(/`[^`]*`/g, ''), /(?<!\\)<(?!!-- fettle:(sticky|run)=)/);
      assert.doesNotMatch(text, /secret wish|\u202e|\n\/close/);
      assert.doesNotMatch(text, /\n> # Title/);
      assert.equal(text.split('fettle:run=').length, 2);
      assert.equal(issue.state, 'open');
    }));

  it('fits into the comment of every forge, however much there is to say', (t) =>
    stage(t, { facts: { author: 'x'.repeat(300) } }, async ({ issue, read, claim, move, act }) => {
      await read();
      for (let count = 0; count < 3; count += 1) {
        const lease = await claim();
        await move({ kind: 'ask', lease, question: `${'&*<'.repeat(2_000)}\n`.repeat(3) });
        await act(taskReport);
        const comment = { id: '5', author: 'ada', body: 'x'.repeat(50_000), at: '2026-03-14T09:31:00Z', url: null };
        await move({ kind: 'answer', comment, permission: 'write' });
        await move({ kind: 'release', lease, handover: '\\[('.repeat(3_000) });
        await act(taskReport);
      }
      assert.ok(textOf(issue).length <= 60_000, String(textOf(issue).length));
      assert.ok(textOf(issue).length <= 32_000, String(textOf(issue).length));
    }));

  it('is skipped with the reason where nothing can be written, and never tried for ever', (t) =>
    stage(t, {}, async ({ forge, issue, world, config, act }) => {
      const skipped = async (reason: RegExp) => {
        const { report } = await act(taskReport);
        assert.equal(report.state, 'skipped', report.reason ?? '');
        assert.match(report.reason ?? '', reason);
        assert.equal(report.nextAt, null);
      };
      config.forges = { home: { ...forge.config, token: null } };
      await skipped(/`home` has no token: set `forges\.home\.token`/);
      config.forges = {};
      await skipped(/`home` is not configured any more/);
      config.forges = { home: { ...forge.config, kind: 'onedev' } };
      await skipped(/cannot comment on the forge `home`/);
      config.forges = { home: forge.config };
      world.repository.subjects.splice(world.repository.subjects.indexOf(issue), 1);
      await skipped(/404/);
      const gone = await act(taskReport, { task: '0192e4a0-0000-7000-8000-000000000000' });
      assert.match(gone.report.reason ?? '', /not kept any more/);
    }));
});

function textOf({ comments }: FakeSubject): string {
  return comments.find(({ author }) => author.login === 'fettle')?.body ?? '';
}
