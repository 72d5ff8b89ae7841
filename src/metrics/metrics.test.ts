import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';

function createTestMetrics(now: () => number = Date.now) {
  let booksRead = 0;
  const metrics = createMetrics(
    {
      forgeNames: () => ['home'],
      inbox: () => ({ entries: 3, bytes: 4096 }),
      streamClients: () => 2,
      books: async () => {
        booksRead += 1;
        return { received: 5, effected: 1, filtered: 1, duplicate: 1, dead: 1, pending: 1 };
      },
      runs: async () => ({
        counts: [{ state: 'dead', action: 'matrix.notify', runs: 4 }],
        lateSeconds: 12,
        breakers: 1,
        hooks: [{ forge: 'home', state: 'silent', count: 2 }],
      }),
      tasks: async () => ({ counts: [{ state: 'queued', tasks: 3 }], oldestQueuedSeconds: 40 }),
      agentNames: () => ['mosaic'],
    },
    now,
  );
  return { metrics, booksRead: () => booksRead };
}

test('deliveries are counted by forge and by the event names that are known', async () => {
  const { metrics } = createTestMetrics();
  metrics.deliveryReceived('home');
  metrics.deliveryAccepted('home', 'push');
  metrics.deliveryAccepted('home', 'Merge Request Hook');
  metrics.deliveryDuplicate('home', 'made-up-by-somebody');
  metrics.deliveryRejected('no-such-forge', 'unknown_forge');
  metrics.deliveryPoisoned('home');
  const text = await metrics.render();
  assert.match(text, /fettle_deliveries_received_total\{forge="home"\} 1/);
  assert.match(text, /fettle_deliveries_accepted_total\{forge="home",event="push"\} 1/);
  assert.match(text, /fettle_deliveries_accepted_total\{forge="home",event="Merge Request Hook"\} 1/);
  assert.match(text, /fettle_deliveries_duplicate_total\{forge="home",event="other"\} 1/);
  assert.match(text, /fettle_deliveries_rejected_total\{forge="unknown",code="unknown_forge"\} 1/);
  assert.match(text, /fettle_deliveries_poison_total\{forge="home"\} 1/);
});

test('a scrape shows the inbox, the stream, the drain, requests, the process and the books', async () => {
  const { metrics } = createTestMetrics();
  metrics.acceptTook(0.004);
  metrics.batchDrained({ deliveries: 7, lagSeconds: 0.02, durationSeconds: 0.01 });
  metrics.requestFinished({ method: 'GET', route: '/api/v1/books', status: 200, durationSeconds: 0.003 });
  metrics.authenticationFailed('unknown');
  const text = await metrics.render();
  assert.match(text, /fettle_inbox_entries 3/);
  assert.match(text, /fettle_inbox_bytes 4096/);
  assert.match(text, /fettle_stream_clients 2/);
  assert.match(text, /fettle_drain_deliveries_total 7/);
  assert.match(text, /fettle_accept_duration_seconds_bucket\{le="0.005"\} 1/);
  assert.match(
    text,
    /fettle_http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/books",status="200"\} 1/,
  );
  assert.match(text, /fettle_books_deliveries\{class="effected"\} 1/);
  assert.match(text, /fettle_authentication_failures_total\{reason="unknown"\} 1/);
  assert.match(text, /process_resident_memory_bytes/);
});

test('a scrape shows the runs that wait, how late they are, attempts and breakers', async () => {
  const { metrics } = createTestMetrics();
  metrics.runAttempted({ action: 'matrix.notify', state: 'failed', code: 'upstream_failed', seconds: 0.2 });
  metrics.runAttempted({ action: 'matrix.notify', state: 'succeeded', code: undefined, seconds: 0.1 });
  metrics.breakerMoved(true);
  const text = await metrics.render();
  assert.match(text, /fettle_runs\{state="dead",action="matrix.notify"\} 4/);
  assert.match(text, /fettle_runs_late_seconds 12/);
  assert.match(text, /fettle_breakers_open 1/);
  assert.match(text, /fettle_hooks\{forge="home",state="silent"\} 2/);
  assert.match(text, /run_attempts_total\{action="matrix.notify",state="failed",code="upstream_failed"\} 1/);
  assert.match(text, /run_attempts_total\{action="matrix.notify",state="succeeded",code="none"\} 1/);
  assert.match(text, /run_attempt_duration_seconds_count\{action="matrix.notify"\} 2/);
  assert.match(text, /breakers_moved_total\{to="open"\} 1/);
});

test('a scrape shows the tasks that wait, and what became of others by agent, unknown agents as one', async () => {
  const { metrics } = createTestMetrics();
  metrics.tasks.claimed('mosaic', 5);
  metrics.tasks.claimed('made-up-by-somebody', 2);
  metrics.tasks.leaseEnded('mosaic', 'expired');
  metrics.tasks.finished('succeeded', 'mosaic', 120);
  metrics.tasks.finished('cancelled', null, 10);
  const text = await metrics.render();
  assert.match(text, /fettle_tasks\{state="queued"\} 3/);
  assert.match(text, /fettle_tasks\{state="leased"\} 0/);
  assert.match(text, /fettle_tasks_oldest_queued_seconds 40/);
  assert.match(text, /fettle_task_claims_total\{agent="mosaic"\} 1/);
  assert.match(text, /fettle_task_claims_total\{agent="other"\} 1/);
  assert.match(text, /fettle_task_claim_wait_seconds_bucket\{le="10",agent="mosaic"\} 1/);
  assert.match(text, /fettle_task_leases_ended_total\{agent="mosaic",how="expired"\} 1/);
  assert.match(text, /fettle_tasks_finished_total\{state="cancelled",agent="none"\} 1/);
  assert.match(text, /fettle_task_done_seconds_sum\{agent="mosaic"\} 120/);
  assert.match(text, /fettle_task_done_seconds_count\{agent="mosaic"\} 1/);
  assert.doesNotMatch(text, /fettle_task_done_seconds_count\{agent="none"\}/);
});

test('many scrapes at once read the books once until the short cache is over', async () => {
  let now = 0;
  const { metrics, booksRead } = createTestMetrics(() => now);
  await Promise.all([metrics.render(), metrics.render(), metrics.render()]);
  assert.equal(booksRead(), 1);
  now = 5_000;
  await metrics.render();
  assert.equal(booksRead(), 2);
});

test('two hubs in one process keep separate metrics', async () => {
  const one = createTestMetrics().metrics;
  const other = createTestMetrics().metrics;
  one.deliveryReceived('home');
  assert.doesNotMatch(await other.render(), /fettle_deliveries_received_total\{forge="home"\} 1/);
});

test('the scrape still works while the books cannot be read', async () => {
  const metrics = createMetrics({
    forgeNames: () => [],
    inbox: () => ({ entries: 0, bytes: 0 }),
    streamClients: () => 0,
    books: async () => undefined,
    runs: async () => undefined,
    tasks: async () => undefined,
    agentNames: () => [],
  });
  const text = await metrics.render();
  assert.match(text, /fettle_inbox_entries 0/);
  assert.doesNotMatch(text, /fettle_books_deliveries\{/);
  assert.doesNotMatch(text, /^fettle_tasks/m);
});

test('a scrape that cannot read the books tells the rest and counts that', async () => {
  const metrics = createMetrics({
    forgeNames: () => [],
    inbox: () => ({ entries: 7, bytes: 0 }),
    streamClients: () => 0,
    books: () => Promise.reject(new Error('the database went away')),
    runs: () => Promise.reject(new Error('the database went away')),
    tasks: () => Promise.reject(new Error('the database went away')),
    agentNames: () => [],
  });
  const text = await metrics.render();
  assert.match(text, /fettle_inbox_entries 7/);
  assert.match(text, /fettle_books_unread_total 1/);
});
