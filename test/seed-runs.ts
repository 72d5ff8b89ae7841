import type { Insertable, Kysely } from 'kysely';
import { createId } from '../src/core/id.ts';
import type { RunsTable } from '../src/store/run-tables.ts';
import type { Database } from '../src/store/schema.ts';

export type SeedRun = Partial<Insertable<RunsTable>>;

/** Puts runs straight into the table, in this order; what is not given is plausible. Returns their ids. */
export async function seedRuns(db: Kysely<Database>, runs: readonly SeedRun[]): Promise<string[]> {
  const rows = runs.map(createRun);
  for (let start = 0; start < rows.length; start += 500) {
    await db
      .insertInto('runs')
      .values(rows.slice(start, start + 500))
      .execute();
  }
  return rows.map(({ id }) => id);
}

function createRun(given: SeedRun): Insertable<RunsTable> {
  const state = given.state ?? 'succeeded';
  return {
    id: createId(),
    created_at: '2026-11-20T10:00:00.000Z',
    event_id: null,
    delivery_id: null,
    origin: 'event',
    rule: 'pushes to the room',
    rule_source: null,
    action: 'matrix.notify',
    position: 0,
    chain: createId(),
    after_run: null,
    forge: 'home',
    repo: 'dataforge/app',
    subject: null,
    number: null,
    destination: 'matrix.example.org',
    order_key: null,
    credential: null,
    input: '{"room":"#releases:example.org"}',
    options: '{"retryForMs":null,"maxAttempts":null,"timeoutMs":null,"onUnknown":"stop"}',
    priority: 0,
    hops: 0,
    state,
    reason: null,
    code: null,
    next_at: null,
    attempt: 1,
    burned: 0,
    first_attempt_at: null,
    started_at: null,
    finished_at: ['queued', 'running', 'waiting', 'failed'].includes(state) ? null : '2026-11-20T10:00:01.000Z',
    holder: null,
    lease_until: null,
    intent: null,
    steps: '[]',
    attempts: '[]',
    calls: '{}',
    result: null,
    ...given,
  };
}
