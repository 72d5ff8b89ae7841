import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toSilence } from './silence.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-03-14T09:00:00Z');
const daysAgo = (days: number) => new Date(NOW_MS - days * DAY_MS);

function silenceOf(activeDays: number, firstDaysAgo: number, lastDaysAgo: number): string | undefined {
  const rhythm = { repo: 'a/b', activeDays, firstAt: daysAgo(firstDaysAgo), lastAt: daysAgo(lastDaysAgo) };
  return toSilence([rhythm], daysAgo(lastDaysAgo).getTime(), NOW_MS);
}

test('silence is measured by the rhythm of the repository', () => {
  assert.equal(silenceOf(60, 62, 3), undefined, 'every day, three days of quiet');
  assert.match(silenceOf(60, 68, 8) ?? '', /for 8 days, and usually something comes every day/);
  assert.equal(silenceOf(8, 76, 20), undefined, 'once a week, three weeks of quiet');
  assert.match(silenceOf(8, 89, 40) ?? '', /for 40 days, .* every 6 days/);
});

test('a repository without a rhythm is never silent', () => {
  assert.equal(silenceOf(4, 80, 70), undefined);
  assert.equal(toSilence([], daysAgo(80).getTime(), NOW_MS), undefined);
});

test('of several repositories the liveliest counts', () => {
  const quiet = { repo: 'a/quiet', activeDays: 1, firstAt: daysAgo(80), lastAt: daysAgo(80) };
  const lively = { repo: 'a/lively', activeDays: 50, firstAt: daysAgo(80), lastAt: daysAgo(30) };
  assert.match(toSilence([quiet, lively], lively.lastAt.getTime(), NOW_MS) ?? '', /for 30 days/);
});
