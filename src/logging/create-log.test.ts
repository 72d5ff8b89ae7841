import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from './create-log.ts';

async function createCapturedLog(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const { log, setLevel } = await createLog({ level, file: null, maxSizeBytes: 1e6, keepFiles: 2, destination });
  return { log, setLevel, lines };
}

test('a log line is JSON with a level by name, a UTC time, a message and the facts', async () => {
  const { log, lines } = await createCapturedLog();
  log.info({ forge: 'home', bytes: 12 }, 'delivery.received');
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]?.time), /^\d{4}-.*Z$/);
  assert.deepEqual(
    { ...lines[0], time: '' },
    { level: 'info', time: '', forge: 'home', bytes: 12, msg: 'delivery.received' },
  );
});

test('values named like secrets are never logged, at any depth or in child bindings', async () => {
  const { log, lines } = await createCapturedLog();
  const child = log.child({ adminToken: 'hunter2' });
  child.info(
    {
      headers: { Authorization: 'hunter2', cookie: ['hunter2'] },
      a: [{ b: { password: 'hunter2' } }],
      webhookSecret: 'hunter2',
    },
    'x',
  );
  assert.equal(JSON.stringify(lines).includes('hunter2'), false);
  assert.equal(lines[0]?.webhookSecret, '[redacted]');
});

test('tokens and passwords in URLs are cut out of messages, errors and causes', async () => {
  const { log, lines } = await createCapturedLog();
  const token = `fettle_${'a'.repeat(43)}`;
  const cause = new Error('connect postgres://user:hunter2@db/fettle');
  log.error(
    { err: Object.assign(new Error(`bad ${token}`, { cause }), { headers: { x: 'hunter2' } }) },
    `bad ${token}`,
  );
  log.error(new Error(token));
  const text = JSON.stringify(lines);
  assert.equal(text.includes('hunter2'), false);
  assert.equal(text.includes('aaaa'), false);
  assert.match(text, /"type":"Error","message":"bad fettle_/);
});

test('an object of a class is named and not written out', async () => {
  const { log, lines } = await createCapturedLog();
  log.info({ map: new Map([['a', 1]]), at: new Date(0), bytes: Buffer.from('hunter2'), big: 1n }, 'x');
  assert.deepEqual(
    { map: lines[0]?.map, at: lines[0]?.at, bytes: lines[0]?.bytes, big: lines[0]?.big },
    { map: '[Map]', at: '1970-01-01T00:00:00.000Z', bytes: '[7 bytes]', big: '1' },
  );
});

test('the level can be changed while the hub runs', async () => {
  const { log, setLevel, lines } = await createCapturedLog('warn');
  log.info('quiet');
  setLevel('debug');
  log.debug('loud');
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['loud'],
  );
});

test('the log file gets the same lines and is rotated by size', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-log-'));
  t.after(() => rm(folder, { recursive: true }));
  const destination = { write: () => undefined };
  const file = join(folder, 'logs', 'hub.log');
  const { log, close } = await createLog({ level: 'info', file, maxSizeBytes: 1000, keepFiles: 5, destination });
  for (let i = 0; i < 3; i += 1) {
    log.info({ filler: 'x'.repeat(1200), i }, 'line');
    const wanted = i + 2;
    await waitUntil(async () => (await readdir(join(folder, 'logs'))).length >= wanted);
  }
  await close();
  const names = await readdir(join(folder, 'logs'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, 'logs', name), 'utf8')));
  assert.equal(texts.join('').match(/"msg":"line"/g)?.length, 3);
});

test('a log file that cannot be opened stops the start with the path and the reason', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-log-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'taken'), '');
  const file = join(folder, 'taken', 'hub.log');
  const options = { level: 'info', file, maxSizeBytes: 1000, keepFiles: 5, destination: { write: () => undefined } };
  await assert.rejects(createLog(options), { code: 'config_invalid', message: /taken\/hub\.log \(log\.file\)/ });
});

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
