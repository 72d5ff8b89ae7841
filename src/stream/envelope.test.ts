import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudEvent, HTTP } from 'cloudevents';
import { toEnvelope } from './envelope.ts';
import { StreamEvent } from './stream-event.ts';

const STORED = {
  seq: 412,
  id: '01920000-0000-7000-8000-000000000412',
  forge: 'home',
  type: 'issue.labeled',
  repo: 'dataforge/app',
  actor: 'ada',
  label: 'start-pipeline',
  trigger: null,
  action: null,
  number: 12,
  json: JSON.stringify({
    id: '01920000-0000-7000-8000-000000000412',
    v: 1,
    type: 'issue.labeled',
    body: 'a trap: "occurredAt":"2001-01-01T00:00:00.000Z"',
    occurredAt: '2026-11-21T01:02:03.000Z',
    receivedAt: '2026-11-21T01:02:04.000Z',
  }),
};

test('the CloudEvents SDK reads an envelope as a valid event with all attributes', () => {
  for (const publicUrl of [null, 'https://hub.example.org/']) {
    const text = toEnvelope(STORED, publicUrl);
    const event = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body: text });
    assert.ok(event instanceof CloudEvent);
    assert.equal(event.validate(), true);
    assert.equal(event.id, STORED.id);
    assert.equal(event.type, 'dev.fettle.issue.labeled');
    assert.equal(event.subject, 'dataforge/app#12');
    assert.equal(event.source, publicUrl === null ? '/forges/home' : 'https://hub.example.org/forges/home');
    assert.equal(event.time, '2026-11-21T01:02:03.000Z');
    assert.equal((event.data as { seq: number }).seq, 412);
    assert.equal((event.data as { v: number }).v, 1);
  }
});

test('an envelope of an event without repository and time of its own has no subject and the time of receipt', () => {
  const json = JSON.stringify({ id: STORED.id, type: 'ping', receivedAt: '2026-11-21T01:02:04.000Z' });
  const envelope = JSON.parse(toEnvelope({ ...STORED, repo: null, number: null, json }, null)) as Record<
    string,
    unknown
  >;
  assert.equal('subject' in envelope, false);
  assert.equal(envelope['time'], '2026-11-21T01:02:04.000Z');
});

test('JSON text that was stored with line breaks between its parts still makes one data line', () => {
  const frame = new StreamEvent({ ...STORED, json: '{\n  "type": "ping",\r\n  "v": 1\n}' }, null).sseFrame.toString();
  assert.match(frame, /^id: 412\nevent: issue\.labeled\ndata: [^\r\n]+\n\n$/);
  const data = JSON.parse(/data: (.*)/.exec(frame)?.[1] ?? '') as { data: unknown };
  assert.deepEqual(data.data, { seq: 412, type: 'ping', v: 1 });
});
