import assert from 'node:assert/strict';
import { it } from 'node:test';
import { taskOpen } from '../../actions/task/task-open.ts';
import type { Event } from '../../core/event.ts';
import { forEachDatabase } from '../../../test/databases.ts';
import { createFollowedIssue, type FollowedIssue } from '../../../test/followed-issue.ts';
import { createSeededRandom, type SeededRandom } from '../../../test/seeded-random.ts';
import { isOver } from '../machine/standing.ts';

const STORIES = 40;
const LONGEST = 8;

type Telling = Partial<Omit<Event, 'seq'>>;

/** What may happen to an issue, one thing after another. Those that make work are marked by their types. */
function writeStory(random: SeededRandom): Telling[] {
  const assignees = new Set<string>();
  let isLabeled = false;
  let isClosed = false;
  return Array.from({ length: random.between(2, LONGEST) }, (_, step): Telling => {
    const what = random.pick([
      'assign',
      'assign',
      'assign',
      'label',
      'label',
      'command',
      'edit',
      'end',
      'end',
    ] as const);
    const login = random.pick(['mosaic', 'mosaic', 'opus']);
    const isGone = assignees.has(login);
    if (what === 'assign' && (isGone || !isClosed)) {
      if (isGone) assignees.delete(login);
      else assignees.add(login);
      return { type: isGone ? 'issue.unassigned' : 'issue.assigned', assignee: login };
    }
    if (what === 'label' && (isLabeled || !isClosed)) {
      isLabeled = !isLabeled;
      return { type: isLabeled ? 'issue.labeled' : 'issue.unlabeled', label: 'agent' };
    }
    if (what === 'command' && !isClosed) return { type: 'comment.created', body: '/agent', commentId: String(step) };
    if (what === 'edit') return { type: 'issue.edited', title: `Title ${step}`, body: `Text ${step}` };
    if (what === 'end') {
      isClosed = !isClosed;
      return { type: isClosed ? 'issue.closed' : 'issue.reopened' };
    }
    return { type: 'comment.created', body: 'Fine.', commentId: String(step) };
  });
}

function isOpening({ type, body }: Telling): boolean {
  return type === 'issue.assigned' || type === 'issue.labeled' || body === '/agent';
}

/** What of a task follows from its story: whether there is work, why, and on what. A task that never was is one that is over. */
async function look(issue: FollowedIssue, number: number) {
  const task = await issue.find(number);
  if (task === undefined || isOver(task)) return { isOpen: false };
  return {
    isOpen: true,
    reasons: task.reasons.map(({ by, value }) => `${by} ${value}`).toSorted(),
  };
}

forEachDatabase('a task and its story', ({ withStore }) => {
  it('ends the same whenever the stream is followed and whenever runs open it, even twice', (t) =>
    withStore(async (store) => {
      const issue = createFollowedIssue(t, store);
      for (let seed = 1; seed <= STORIES; seed += 1) {
        const random = createSeededRandom(seed);
        const story = writeStory(random);
        const [first, second] = [seed * 2, seed * 2 + 1];
        for (const telling of story) {
          const event = await issue.tell({ ...telling, number: first });
          await issue.follower.tick();
          if (isOpening(telling)) await issue.act(taskOpen, event);
        }
        const waiting: Event[] = [];
        const done: string[] = [];
        const runOne = async () => {
          const at = random.between(0, waiting.length - 1);
          const event = waiting[at] as Event;
          // One of three is not the last attempt of its run.
          if (random.next() > 0.3) waiting.splice(at, 1);
          const { report } = await issue.act(taskOpen, event);
          done.push(`open ${event.seq}: ${report.state}`);
        };
        for (const telling of story) {
          const event = await issue.tell({ ...telling, number: second });
          done.push(`${event.seq} ${event.type} ${event.assignee ?? event.label ?? event.body ?? ''}`);
          if (isOpening(telling)) waiting.push(event);
          if (random.next() < 0.6) done.push(`followed: ${await issue.follower.tick()}`);
          while (waiting.length > 0 && random.next() < 0.25) await runOne();
        }
        while (waiting.length > 0) await runOne();
        await issue.follower.tick();
        const told = `seed ${seed}\n${done.join('\n')}`;
        assert.deepEqual(await look(issue, second), await look(issue, first), told);
      }
    }));
});
