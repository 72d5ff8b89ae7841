import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { FakeSubject } from '../../test/fake-forge/contract.ts';
import type { SubjectApi } from './work-contract.ts';
import { failsWith, type Open, type Place, type WorkTraits } from './work-place.testsuite.ts';
import type { SubjectRef } from './write-contract.ts';

function subjectsOf({ api }: Place): SubjectApi {
  assert.ok(api.subjects, 'no subjects');
  return api.subjects;
}

function toRef({ repo }: Place, { kind, number }: FakeSubject): SubjectRef {
  return { repo, subject: kind, number };
}

export function testSubjects(open: Open, traits: WorkTraits): void {
  const { assignees = 2 } = traits;
  const people = ['ada', 'fettle'].slice(0, assignees);
  const labels = traits.hasNoLabels === true ? [] : ['bug', 'brand new'];

  if (traits.hasNoIssues !== true) {
    it('finds an issue as it is now, its text whole', async (t) => {
      const place = await open(t);
      const { world } = place;
      const body = `${'- [ ] one\n'.repeat(10_000)}${'x'.repeat(400_000)} the end`;
      const issue = await world.openIssue('grace', { title: 'Broken ✓', body });
      const find = () => subjectsOf(place).find(toRef(place, issue));
      assert.equal((await find())?.body, body);
      await world.edit('grace', issue, { title: 'Mended', body: 'See <b>x</b>\n\n<!-- hidden -->' });
      await world.label('ada', issue, { add: labels });
      await world.assign('ada', issue, { add: people });
      const found = await find();
      assert.ok(found);
      const { url, ...rest } = found;
      assert.deepEqual(
        { ...rest, labels: found.labels.toSorted(), assignees: found.assignees.toSorted() },
        {
          number: issue.number,
          title: 'Mended',
          body: 'See <b>x</b>\n\n<!-- hidden -->',
          state: 'open',
          author: 'grace',
          labels: labels.toSorted(),
          assignees: people,
        },
      );
      assert.match(url ?? '', /^https?:\/\/.*\d$/);
      await world.close('grace', issue);
      assert.equal((await find())?.state, 'closed');
      await world.reopen('grace', issue);
      assert.equal((await find())?.state, 'open');
    });
  }

  it('finds a pull request like an issue, and knows whether it was merged', async (t) => {
    const place = await open(t);
    const { world } = place;
    const find = (subject: FakeSubject) => subjectsOf(place).find(toRef(place, subject));
    const merged = await world.openPull('ada', { title: 'Mend', body: 'Mends it', head: 'mend' });
    const closed = await world.openPull('ada', { title: 'Other', head: 'other' });
    const found = await find(merged);
    assert.deepEqual([found?.title, found?.body, found?.state, found?.author], ['Mend', 'Mends it', 'open', 'ada']);
    if (traits.pullsHaveNoAssignees !== true) {
      await world.assign('ada', merged, { add: ['fettle'] });
      await world.label('ada', merged, { add: ['bug'] });
      const after = await find(merged);
      assert.deepEqual([after?.assignees, after?.labels], [['fettle'], ['bug']]);
    }
    await world.merge('grace', merged);
    await world.close('grace', closed);
    assert.equal((await find(merged))?.state, 'merged');
    assert.equal((await find(closed))?.state, 'closed');
  });

  it('finds nothing where there is nothing, or nothing that the token may see', async (t) => {
    const place = await open(t);
    const { repo, world } = place;
    for (const subject of ['issue', 'pull'] as const) {
      assert.equal(await subjectsOf(place).find({ repo, subject, number: 999 }), undefined);
      const gone = { ...repo, id: '999999', fullName: 'dataforge/gone', name: 'gone' };
      assert.equal(await subjectsOf(place).find({ repo: gone, subject, number: 1 }), undefined);
    }
    const pull = await world.openPull('ada', { title: 'Hidden', head: 'hidden' });
    world.addPerson('fettle', 'none');
    assert.equal(await subjectsOf(place).find(toRef(place, pull)), undefined);
  });
}

export function testComments(open: Open, traits: WorkTraits): void {
  it('lists comments with who wrote them and when, oldest first', async (t) => {
    const place = await open(t);
    const { world } = place;
    const pull = await world.openPull('ada', { title: 'Mend', head: 'mend' });
    assert.deepEqual(await subjectsOf(place).listComments(toRef(place, pull), 10), []);
    const first = await world.comment('grace', pull, 'First <script>');
    const second = await world.comment('ada', pull, 'Second ✓');
    const third = await world.comment('grace', pull, `Third ${'x'.repeat(30_000)}`);
    await world.editComment('grace', pull, first, 'First, edited');
    const comments = await subjectsOf(place).listComments(toRef(place, pull), 10);
    assert.deepEqual(
      comments.map(({ author, body }) => [author, body]),
      [
        ['grace', 'First, edited'],
        ['ada', 'Second ✓'],
        ['grace', third.body],
      ],
    );
    assert.deepEqual(
      comments.map(({ id, createdAt }) => [id, Date.parse(createdAt)]),
      [first, second, third].map(({ id, createdAt }) => [String(id), Date.parse(createdAt)]),
    );
    assert.ok(comments.every(({ createdAt }) => createdAt.endsWith('Z')));
    assert.ok(comments.every(({ authorId, url }) => authorId !== undefined && url?.startsWith('http') === true));
    const own = await place.api.comments?.create(toRef(place, pull), 'Own');
    const [last] = await subjectsOf(place).listComments(toRef(place, pull), 1);
    assert.deepEqual([last?.id, last?.author], [own?.id, 'fettle']);
    assert.equal(last?.authorId, (await place.api.getOwnAccount()).id);
  });

  it('lists the last of many without reading them all', async (t) => {
    const place = await open(t);
    const { world, forge } = place;
    const pull = await world.openPull('ada', { title: 'Mend', head: 'mend' });
    const list = (limit: number) => subjectsOf(place).listComments(toRef(place, pull), limit);
    const numbers = async (limit: number) => (await list(limit)).map(({ body }) => Number(body));
    const write = async (from: number, to: number) => {
      for (let count = from; count < to; count += 1) await world.comment('ada', pull, String(count));
    };
    await write(0, 130);
    assert.deepEqual(
      await numbers(50),
      Array.from({ length: 50 }, (_, index) => 80 + index),
    );
    assert.deepEqual(await numbers(1), [129]);
    assert.deepEqual(await numbers(0), []);
    await write(130, 1_025);
    const before = forge.requests.length;
    assert.deepEqual(
      await numbers(60),
      Array.from({ length: 60 }, (_, index) => 965 + index),
    );
    assert.equal((await list(1_000)).length, 100);
    assert.ok(forge.requests.length - before <= 6, `${forge.requests.length - before} requests`);
  });

  if (traits.hasNotes === true) {
    it('leaves out what the forge itself notes, and what only members see', async (t) => {
      const place = await open(t);
      const { world } = place;
      const issue = await world.openIssue('ada', { title: 'Broken' });
      await world.comment('ada', issue, 'Said');
      for (let count = 0; count < 120; count += 1) {
        await world.comment('ada', issue, 'changed the description', { system: true });
      }
      await world.comment('ada', issue, 'Secret', { internal: true });
      const comments = await subjectsOf(place).listComments(toRef(place, issue), 10);
      assert.deepEqual(
        comments.map(({ body }) => body),
        ['Said'],
      );
    });
  }

  it('refuses comments of what is not there', async (t) => {
    const place = await open(t);
    const { repo } = place;
    for (const subject of ['issue', 'pull'] as const) {
      await failsWith('upstream_refused', () => subjectsOf(place).listComments({ repo, subject, number: 999 }, 10));
    }
  });
}
