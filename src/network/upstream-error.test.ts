import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toRetryAfterSeconds, toUpstreamError } from './upstream-error.ts';

const at = (status: number, headers: Record<string, string> = {}, said?: string) =>
  toUpstreamError('example.org', { status, headers }, said);

describe('upstream error', () => {
  it('says by its code what becomes of a run', () => {
    const codes = {
      upstream_refused: [301, 302, 303, 304, 307, 308, 400, 404, 405, 409, 410, 413, 418, 422, 451],
      credential_refused: [401],
      access_refused: [403],
      upstream_busy: [408, 425, 429],
      upstream_failed: [500, 501, 502, 503, 504, 599],
    };
    for (const [code, statuses] of Object.entries(codes)) {
      for (const status of statuses) {
        assert.equal(at(status).code, code, String(status));
        assert.match(at(status).message, new RegExp(`^example\\.org answered ${status}`));
        assert.equal(at(status).outcomeUnknown, false);
        assert.equal(at(status).retryAfterSeconds, undefined);
      }
    }
  });

  it('takes the time from Retry-After, for a server error too', () => {
    for (const status of [429, 503, 500]) {
      const error = at(status, { 'retry-after': '120' });
      assert.equal(error.code, 'upstream_busy');
      assert.equal(error.retryAfterSeconds, 120);
    }
    assert.equal(at(400, { 'retry-after': '120' }).code, 'upstream_refused');
    assert.equal(at(503, { 'retry-after': 'soon' }).code, 'upstream_failed');
  });

  it('tells what to do about a redirect, a missing thing, a large message and what is gone', () => {
    assert.match(at(308).message, /Redirects are not followed/);
    assert.match(at(404).message, /does not exist/);
    assert.match(at(410).message, /gone for good/);
    assert.match(at(413).message, /shorten/);
  });

  it('repeats at most a little of what the other side said', () => {
    assert.match(at(400, {}, 'no such field').message, /It says: no such field$/);
    assert.ok(at(400, {}, 'x'.repeat(100_000)).message.length < 500);
    assert.doesNotMatch(at(400).message, /It says/);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-21T12:00:00Z');

  it('is a number of seconds or a date', () => {
    const cases: [string, number | undefined][] = [
      ['0', 0],
      ['7', 7],
      ['1.2', 2],
      ['Sat, 21 Nov 2026 12:00:30 GMT', 30],
      ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
      ['999999999', 86_400],
      ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400],
      ['', undefined],
      ['-5x', undefined],
      ['NaN', undefined],
    ];
    for (const [value, seconds] of cases) assert.equal(toRetryAfterSeconds(value, nowMs), seconds, value);
    assert.equal(toRetryAfterSeconds(undefined, nowMs), undefined);
  });
});
