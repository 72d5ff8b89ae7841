import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DRIVERS } from './registry.ts';
import { findSample, listSamples, type Sample, toFreshSample } from './samples.ts';
import { parseDelivery, verifyDelivery } from './verify.ts';

const NOW_MS = Date.parse('2027-01-02T03:04:05.678Z');
const DAY_MS = 86_400_000;

function toSample(payload: Sample['payload']): Sample {
  return { kind: 'gitea', name: 'push.case', event: 'push', payload };
}

function freshen(payload: Sample['payload'], nowMs = NOW_MS): unknown {
  return JSON.parse(toFreshSample(toSample(payload), nowMs).toString());
}

describe('samples', () => {
  it('are found by name, else as the first case of an event', () => {
    assert.equal(findSample('gitea', 'issues.labeled')?.name, 'issues.labeled');
    assert.equal(findSample('gitea', 'push')?.name, 'push.commits');
    assert.equal(findSample('gitea', 'issue_label')?.eventType, 'issue_label');
    assert.equal(findSample('gitea', 'no-such-event'), undefined);
  });

  it('move all times by the same amount, so that the newest is now', () => {
    const moved = freshen({
      created_at: '2026-03-14T09:00:00+01:00',
      updated_at: '2026-03-14T09:26:53Z',
      written: ['2026-03-14 09:26:52 UTC'],
    });
    assert.deepEqual(moved, {
      created_at: '2027-01-02T01:37:12.678Z',
      updated_at: '2027-01-02T03:04:05.678Z',
      written: ['2027-01-02 03:04:04.678 UTC'],
    });
  });

  it('move seconds and milliseconds under names of times, and no other numbers', () => {
    const moved = freshen({
      pushed_at: 1_773_480_413,
      createdDate: 1_773_480_412_000,
      id: 1_773_480_413,
      size_at: 12,
    });
    assert.deepEqual(moved, {
      pushed_at: Math.floor(NOW_MS / 1000),
      createdDate: NOW_MS - 1000,
      id: 1_773_480_413,
      size_at: 12,
    });
  });

  it('leave “never” alone, and let a due date move along without being the newest', () => {
    const moved = freshen({
      closed_at: '0001-01-01T00:00:00Z',
      updated_at: '2026-03-14T09:00:00Z',
      due_on: '2026-03-15T09:00:00Z',
    });
    assert.deepEqual(moved, {
      closed_at: '0001-01-01T00:00:00Z',
      updated_at: '2027-01-02T03:04:05.678Z',
      due_on: '2027-01-03T03:04:05.678Z',
    });
  });

  it('replace each object id by one other, the same wherever it stands, and leave zeros', () => {
    const id = 'a'.repeat(40);
    const zeros = '0'.repeat(40);
    const { before, after, url } = freshen({ before: zeros, after: id, url: `https://x/commit/${id}` }) as Record<
      string,
      string
    >;
    assert.equal(before, zeros);
    assert.match(after ?? '', /^[0-9a-f]{40}$/);
    assert.notEqual(after, id);
    assert.equal(url, `https://x/commit/${after}`);
    assert.notDeepEqual(freshen({ after: id }, NOW_MS + 1), freshen({ after: id }));
  });

  it('of every forge are never stale once fresh, and never from the future', () => {
    for (const driver of DRIVERS) {
      for (const sample of listSamples(driver.kind)) {
        const body = toFreshSample(sample, NOW_MS);
        const { event, eventType } = sample;
        const signed = driver.toSignedHeaders({
          event,
          eventType,
          body,
          secret: 'a-secret',
          deliveryId: 'd-1',
          nowMs: NOW_MS,
        });
        const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
        const trust = { secrets: ['a-secret'], unsigned: false, insecure: false };
        const delivery = parseDelivery(verifyDelivery(driver, { headers, body }, trust, { secure: true }, NOW_MS));
        for (const { type, occurredAt } of driver.normalise(delivery).drafts) {
          if (occurredAt === undefined) continue;
          const ageMs = NOW_MS - Date.parse(occurredAt);
          assert.ok(ageMs >= 0 && ageMs < 30 * DAY_MS, `${driver.kind} ${sample.name}: ${type} at ${occurredAt}`);
        }
      }
    }
  });
});
