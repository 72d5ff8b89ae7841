import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createDatabaseContext, forEachDatabase, silentLog } from '../../../test/databases.ts';
import { type MatrixHomeserver, startMatrixHomeserver, toLimited } from '../../../test/matrix-homeserver.ts';
import { type ActionTrial, runAction } from '../../../test/run-action.ts';
import { shareStore } from '../../../test/shared-store.ts';
import type { Event } from '../../core/event.ts';
import { createId } from '../../core/id.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';
import { matrixNotify } from './matrix-notify.ts';

const ALIAS = '#releases:test.example';
const START_MS = Date.parse('2026-03-01T12:00:00Z');

/** What follows is the number of the push, from 1, each with as many commits and known by its number. */
function toPush(number: number, fields: Partial<Event> = {}): Event {
  const toSha = (count: number) => String(count).padStart(40, 'a');
  return {
    seq: number,
    id: createId(),
    v: 1,
    type: 'push',
    forge: 'home',
    kind: 'gitea',
    origin: 'webhook',
    receivedAt: '2026-03-01T12:00:00.000Z',
    repo: { fullName: 'dataforge/app', owner: 'dataforge', name: 'app' },
    actor: { login: number % 2 === 0 ? 'grace' : 'ada', bot: false },
    branch: 'main',
    before: toSha(number),
    after: toSha(number + 1),
    commitCount: number,
    commits: [{ id: toSha(number + 1), message: `Change ${number}` }],
    compareUrl: `https://git.example.org/dataforge/app/compare/${toSha(number)}...${toSha(number + 1)}`,
    ...fields,
  };
}

interface Run {
  readonly id: string;
  readonly event: Event;
  readonly input: object;
  state: string;
  nextAtMs: number;
  reason: string | null;
}

/** What the engine does: attempts runs when they are due, those of a room one after the other, on a clock that is held. */
function createBench(t: TestContext, server: MatrixHomeserver, store: Store) {
  const runs: Run[] = [];
  let nowMs = START_MS;
  let token = server.token;

  async function attempt(run: Run, trial: ActionTrial = {}): Promise<void> {
    const { report } = await runAction(
      t,
      matrixNotify,
      { room: ALIAS, window: '1m', ...run.input },
      {
        id: run.id,
        event: run.event,
        clock: () => nowMs,
        db: () => store.db,
        config: { matrix: { homeserver: server.url, token } },
        ...trial,
      },
    );
    run.state = report.state;
    run.reason = report.reason;
    run.nextAtMs = report.nextAt === null ? Number.POSITIVE_INFINITY : Date.parse(report.nextAt);
  }

  const isOver = ({ state }: Run) => state !== 'queued' && state !== 'waiting' && state !== 'failed';

  return {
    runs,
    attempt,
    now: () => nowMs,
    useToken: (other: string) => (token = other),
    add(event: Event, input: object = {}): Run {
      const run: Run = { id: createId(), event, input, state: 'queued', nextAtMs: nowMs, reason: null };
      runs.push(run);
      return run;
    },
    /** Attempts what is due until `ms` later. */
    async pass(ms: number): Promise<void> {
      const endMs = nowMs + ms;
      for (;;) {
        const due = runs.filter((run) => !isOver(run) && run.nextAtMs <= endMs);
        const [next] = due.toSorted((one, other) => one.nextAtMs - other.nextAtMs);
        if (next === undefined) break;
        nowMs = Math.max(nowMs, next.nextAtMs);
        await attempt(next);
      }
      nowMs = endMs;
    },
    async settle(): Promise<void> {
      await this.pass(3_600_000);
      assert.deepEqual(
        runs.filter((run) => run.state !== 'succeeded').map(({ state, reason }) => [state, reason]),
        [],
      );
    },
  };
}

const puts = ({ requests }: MatrixHomeserver) => requests.filter(({ method }) => method === 'PUT');
const headlines = (server: MatrixHomeserver) => server.messages(ALIAS).map(({ body }) => body.split('\n', 1)[0]);

forEachDatabase('the digest of matrix.notify', (context) => {
  const store = shareStore(context);

  async function start(t: TestContext) {
    const server = await startMatrixHomeserver();
    t.after(() => server.close());
    const roomId = server.createRoom({ alias: '#releases' });
    return { server, roomId, bench: createBench(t, server, store()) };
  }

  it('posts the first push at once and edits that message for the next forty-nine, with their totals', async (t) => {
    const { server, bench } = await start(t);
    for (let number = 1; number <= 50; number += 1) {
      bench.add(toPush(number));
      await bench.pass(1_000);
      if (number === 1) assert.deepEqual(headlines(server), ['[app] ada pushed 1 commit to main']);
    }
    await bench.settle();
    const [shown, ...others] = server.messages(ALIAS);
    assert.deepEqual(others, []);
    assert.deepEqual(shown?.body.split('\n'), [
      '[app] ada and grace pushed 1275 commits to main (50 pushes)',
      ...[50, 49, 48, 47, 46].map((number) => `- aaaaaaaa Change ${number}`),
      '- … and 1270 more',
      `https://git.example.org/dataforge/app/compare/${'1'.padStart(40, 'a')}...${'51'.padStart(40, 'a')}`,
    ]);
    // Every five seconds at most: fifty seconds hold ten edits.
    assert.equal(shown.edits, 10);
    assert.equal(puts(server).length, 11);
  });

  it('posts anew when the window is over, not before', async (t) => {
    const { server, bench } = await start(t);
    bench.add(toPush(1));
    await bench.pass(59_999);
    bench.add(toPush(2));
    await bench.pass(0);
    assert.equal(server.messages(ALIAS).length, 1);
    await bench.pass(1);
    bench.add(toPush(3));
    await bench.settle();
    assert.deepEqual(headlines(server), [
      '[app] ada and grace pushed 3 commits to main (2 pushes)',
      '[app] ada pushed 3 commits to main',
    ]);
  });

  it('shows in the old message what came before its window closed, even after', async (t) => {
    const { server, bench } = await start(t);
    bench.add(toPush(1));
    await bench.pass(57_000);
    bench.add(toPush(2));
    await bench.pass(2_000);
    bench.add(toPush(3));
    await bench.pass(2_000);
    bench.add(toPush(4));
    await bench.settle();
    assert.deepEqual(headlines(server), [
      '[app] ada and grace pushed 6 commits to main (3 pushes)',
      '[app] grace pushed 4 commits to main',
    ]);
  });

  it('keeps a message per repository, or per group of the rule', async (t) => {
    const { server, bench } = await start(t);
    const other = { repo: { fullName: 'dataforge/lib', owner: 'dataforge', name: 'lib' } };
    bench.add(toPush(1));
    bench.add(toPush(2, other));
    bench.add(toPush(3), { group: 'all' });
    bench.add(toPush(4, other), { group: 'all' });
    await bench.settle();
    assert.deepEqual(headlines(server), [
      '[app] ada pushed 1 commit to main',
      '[lib] grace pushed 2 commits to main',
      '[app and lib] ada and grace pushed 7 commits to main (2 pushes)',
    ]);
  });

  it('tells what is no push, and texts of the rule, by their first lines', async (t) => {
    const { server, bench } = await start(t);
    const opened: Partial<Event> = { type: 'issue.opened', number: 3, title: 'Door', url: 'https://git.example.org/3' };
    bench.add(toPush(1));
    bench.add(toPush(2, opened));
    bench.add(toPush(3), { text: 'one\ntwo', group: 'texts' });
    bench.add(toPush(4), { text: 'three', group: 'texts' });
    await bench.settle();
    assert.deepEqual(
      server.messages(ALIAS).map(({ body }) => body.split('\n')),
      [
        [
          '[app] 2 events by ada and grace, 1 commit pushed',
          '- [app] grace opened issue #3 Door',
          '- [app] ada pushed 1 commit to main',
          'https://git.example.org/3',
        ],
        ['[app] 2 events by ada and grace', '- three', '- one'],
      ],
    );
  });

  it('sends once when the hub dies between sending and recording', async (t) => {
    const { server, bench } = await start(t);
    const run = bench.add(toPush(1));
    let asked = 0;
    const dying = () => {
      asked += 1;
      if (asked === 3) throw new Error('killed');
      return store().db;
    };
    await bench.attempt(run, { db: dying });
    assert.equal(run.state, 'failed');
    assert.equal(server.messages(ALIAS).length, 1);
    bench.add(toPush(2));
    await bench.settle();
    assert.deepEqual(headlines(server), ['[app] ada and grace pushed 3 commits to main (2 pushes)']);
    // The repetition says what the lost one said, and is recognised by its transaction id.
    assert.deepEqual(
      puts(server).map(({ isReplay }) => isReplay),
      [false, true, false],
    );
  });

  it('repeats an edit whose answer was lost, and loses nothing that came meanwhile', async (t) => {
    const { server, bench } = await start(t);
    bench.add(toPush(1));
    await bench.pass(1_000);
    const edit = bench.add(toPush(2));
    await bench.pass(0);
    server.interfere = ({ method }) => (method === 'PUT' ? 'drop-after' : undefined);
    await bench.pass(4_000);
    assert.equal(edit.state, 'failed');
    server.interfere = undefined;
    bench.add(toPush(3));
    await bench.settle();
    assert.deepEqual(headlines(server), ['[app] ada and grace pushed 6 commits to main (3 pushes)']);
    assert.equal(server.messages(ALIAS)[0]?.edits, 2);
  });

  it('comes back when the homeserver is asked too often', async (t) => {
    const { server, bench } = await start(t);
    bench.add(toPush(1));
    await bench.pass(1_000);
    const edit = bench.add(toPush(2));
    await bench.pass(0);
    server.interfere = () => toLimited({ seconds: 20 });
    await bench.pass(4_000);
    assert.equal(edit.state, 'failed');
    assert.ok(edit.nextAtMs >= bench.now() + 20_000, `${edit.nextAtMs - bench.now()}`);
    server.interfere = undefined;
    await bench.settle();
    assert.deepEqual(headlines(server), ['[app] ada and grace pushed 3 commits to main (2 pushes)']);
  });

  it('counts the window from when the message was posted, not from when it was first tried', async (t) => {
    const { server, bench } = await start(t);
    server.interfere = () => ({ status: 502 });
    const first = bench.add(toPush(1));
    await bench.attempt(first);
    server.interfere = undefined;
    // As after ten minutes of a homeserver that is away.
    first.nextAtMs = bench.now() + 600_000;
    await bench.pass(600_000);
    bench.add(toPush(2));
    await bench.settle();
    assert.deepEqual(headlines(server), ['[app] ada and grace pushed 3 commits to main (2 pushes)']);
  });

  it('posts anew with another access token, since others cannot edit a message', async (t) => {
    const { server, bench } = await start(t);
    bench.add(toPush(1));
    await bench.pass(1_000);
    bench.add(toPush(2));
    await bench.pass(0);
    bench.useToken(server.createToken('@other:test.example'));
    bench.add(toPush(3));
    await bench.settle();
    assert.deepEqual(
      server.messages(ALIAS).map(({ sender, body }) => [sender, body.split('\n', 1)[0]]),
      [
        ['@fettle:test.example', '[app] ada pushed 1 commit to main'],
        ['@other:test.example', '[app] ada pushed 3 commits to main'],
        ['@other:test.example', '[app] ada and grace pushed 3 commits to main (2 pushes)'],
      ],
    );
  });

  it('edits what was posted, never an edit, and mentions nobody', async (t) => {
    const { server, roomId, bench } = await start(t);
    for (const number of [1, 2, 3]) {
      bench.add(toPush(number, { actor: { login: '@room', bot: true } }));
      await bench.pass(6_000);
    }
    await bench.settle();
    const [posted, ...edits] = server.events(roomId);
    assert.equal(edits.length, 2);
    for (const { content } of edits) {
      assert.deepEqual(content['m.relates_to'], { rel_type: 'm.replace', event_id: posted?.eventId });
      assert.deepEqual(content['m.mentions'], {});
      assert.deepEqual((content['m.new_content'] as { 'm.mentions': object })['m.mentions'], {});
      assert.match(content.body as string, /^\* \[app\] @room \(bot\) pushed/);
    }
  });

  it('stays small however much joins', async (t) => {
    const { server, bench } = await start(t);
    const huge = 'x'.repeat(20_000);
    for (let number = 1; number <= 70; number += 1) {
      bench.add(
        toPush(number, {
          actor: { login: `person ${number} ${huge}`, bot: false },
          branch: `branch-${number}-${huge}`,
          commits: Array.from({ length: 5 }, () => ({ id: huge, message: huge, url: `https://h.example/${huge}` })),
        }),
      );
    }
    await bench.settle();
    assert.equal(server.messages(ALIAS).length, 1);
    assert.match(
      server.messages(ALIAS)[0]?.body ?? '',
      /more than 47 others pushed .* more than 47 branches \(70 pushes\)/,
    );
    const rows = await store().db.selectFrom('digests').select(['state', 'revision_state']).execute();
    for (const { state, revision_state: sent } of rows) assert.ok(state.length + sent.length < 100_000);
  });
});

describe('the digest of matrix.notify, from two processes on one PostgreSQL', () => {
  const context = createDatabaseContext('postgres');

  it('is one message with every push in it', async (t) => {
    await context.withStore(async (store, place) => {
      const other = await openStore({ ...place, maxConnections: 5, log: silentLog });
      const server = await startMatrixHomeserver();
      try {
        server.createRoom({ alias: '#releases' });
        const benches = [createBench(t, server, store), createBench(t, server, other)];
        for (let number = 1; number <= 20; number += 1) benches[number % 2]?.add(toPush(number));
        // Both at once, each in its own order: nothing but the database keeps them apart.
        await Promise.all(benches.map((bench) => bench.settle()));
        assert.deepEqual(
          server
            .messages(ALIAS)
            .map(({ body }) => body.split('\n', 1)[0]?.replace(/(ada|grace) and (ada|grace)/, 'both')),
          ['[app] both pushed 210 commits to main (20 pushes)'],
        );
      } finally {
        await server.close();
        await other.close();
      }
    });
  });
});
