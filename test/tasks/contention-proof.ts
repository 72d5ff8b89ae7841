import assert from 'node:assert/strict';
import { sql } from 'kysely';
import type { Store } from '../../src/store/store.ts';
import { type Hold, NARROW } from './contention-lanes.ts';

/** What was looked at. */
export interface Proof {
  /** Claims that won a task, by the record of leases. */
  readonly won: number;
  /** Holds by the logs of the workers; a claim that was answered too late to be sure of is none. */
  readonly holds: number;
  readonly ended: Readonly<Record<string, number>>;
}

/**
 * Fails unless every task was held by one at a time: by the record of leases, and by what the workers wrote down themselves.
 */
export async function proveSingleHolders(store: Store, holds: readonly Hold[]): Promise<Proof> {
  const db = store.unlimitedDb;
  const { rows: wrong } = await sql`
    select task_id, fence from (
      select task_id, fence, claimed_at, ended_at, row_number() over fences as place,
        lag(ended_at) over fences as before_ended_at, lag(fence) over fences as before
      from task_leases window fences as (partition by task_id order by fence)
    ) as leases
    where fence <> place or (before is not null and (before_ended_at is null or before_ended_at > claimed_at)) or ended_at < claimed_at
    limit 5`.execute(db);
  assert.deepEqual(wrong, [], 'the leases of a task follow each other, and each fence was given once');
  const { rows: uncounted } = await sql`
    select id from tasks where fence <> (select count(*) from task_leases where task_id = tasks.id) limit 5`.execute(
    db,
  );
  assert.deepEqual(uncounted, [], 'every fence of a task has its lease');
  const { rows: ends } = await sql<{ ended: string; count: number }>`
    select coalesce(ended, 'held') as ended, count(*)::integer as count from task_leases group by ended order by ended`.execute(
    db,
  );

  const byTask = Map.groupBy(holds, ({ task }) => task);
  for (const own of byTask.values()) {
    const inOrder = own.toSorted((one, other) => one.fence - other.fence);
    for (const [index, hold] of inOrder.entries()) {
      const before = inOrder[index - 1];
      assert.ok(
        before === undefined || (before.fence < hold.fence && before.endedNs <= hold.beganNs),
        `Two held ${hold.task} at once: ${before?.agent} under ${before?.fence}, ${hold.agent} under ${hold.fence}`,
      );
    }
  }
  for (const [agent, own] of Map.groupBy(holds, (hold) => hold.agent)) {
    if (agent.startsWith('narrow')) assert.ok(toMostAtOnce(own) <= NARROW, `${agent} held more than ${NARROW} at once`);
  }
  const ended = Object.fromEntries(ends.map((row) => [row.ended, row.count]));
  return { won: Object.values(ended).reduce((sum, count) => sum + count, 0), holds: holds.length, ended };
}

function toMostAtOnce(holds: readonly Hold[]): number {
  const changes = holds.flatMap(({ beganNs, endedNs }) => [
    { atNs: beganNs, by: 1 },
    { atNs: endedNs, by: -1 },
  ]);
  // What ends when another begins is over by then.
  changes.sort((one, other) => (one.atNs === other.atNs ? one.by - other.by : one.atNs < other.atNs ? -1 : 1));
  let now = 0;
  let most = 0;
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

export function toLine({ task, fence, agent, beganNs, endedNs }: Hold): string {
  return `${task}\t${fence}\t${agent}\t${beganNs}\t${endedNs}\n`;
}

export function toHold(line: string): Hold {
  const [task = '', fence = '', agent = '', began = '', ended = ''] = line.split('\t');
  return { task, fence: Number(fence), agent, beganNs: BigInt(began), endedNs: BigInt(ended) };
}
