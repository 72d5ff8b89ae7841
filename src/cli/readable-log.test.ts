import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createReadableLog } from './readable-log.ts';

function toReadable(facts: object, environment = { NO_COLOR: '1' }): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  createReadableLog(Object.assign(stream, { isTTY: true }), environment).write(JSON.stringify(facts));
  return text;
}

test('a log line for people is one line: time, level, message and facts', () => {
  const line = toReadable({
    level: 'warn',
    time: '2030-01-02T03:04:05.000Z',
    msg: 'drain.waiting',
    waitMs: 50,
    why: 'a b',
    at: { x: [1] },
  });
  assert.match(line, /^\d\d:\d\d:\d\d warn {2}drain\.waiting waitMs=50 why="a b" at=\{ x: \[ 1 \] \}\n$/);
});

test('of an error the readable log shows what it says and not where', () => {
  const line = toReadable({
    level: 'error',
    time: 'not a time',
    msg: 'x',
    err: { message: 'It broke', stack: 'at here' },
  });
  assert.equal(line, ' error x (It broke)\n');
});

test('text from elsewhere cannot command the terminal that shows the log', () => {
  const line = toReadable({ level: 'info', msg: 'a\u001b[2Jb', title: 'x\u001b]0;owned\u0007\ny\u009b2J' });
  assert.equal(line.includes('\u001b'), false);
  assert.equal(line.includes('\u009b'), false);
  assert.equal(line.split('\n').length, 2);
});
