import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { createAuthenticator } from '../src/http/access/authenticator.ts';
import { registerEventRoutes } from '../src/http/routes/events.ts';
import { createServer } from '../src/http/server.ts';
import { lockDataDir } from '../src/store/data-dir-lock.ts';
import { ensureMigrated } from '../src/store/migrate.ts';
import { openStore } from '../src/store/open-store.ts';
import { createEventStream } from '../src/stream/event-stream.ts';
import { addEvents, makeEvent, makeRepo } from '../test/event-rows.ts';
import type { ClientReport, ClientsReady } from './stream-clients.ts';

/**
 * Fan-out of server-sent events: one hub process with the whole HTTP stack and the embedded database, all clients in a second process,
 * both on loopback. From just before the commit of an event until a client has read it.
 *
 *   node bench/stream.ts [--clients 2000] [--seconds 10] [--rate 10]
 */
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '10' },
  },
});
const clients = Math.min(Number(values.clients), 25_000);
const seconds = Math.min(Number(values.seconds), 120);
const rate = Math.min(Number(values.rate), 1_000);
/** Everything together may take no longer. */
const DEADLINE_MS = 5 * 60_000;
const TOKEN = 'a-token-for-the-benchmark';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
setTimeout(() => process.exit(1), DEADLINE_MS).unref();

const dataDir = await mkdtemp(join(tmpdir(), 'fettle-bench-stream-'));
const lock = await lockDataDir(dataDir);
const log = pino({ level: 'error' });
const store = await openStore({ dataDir, databaseUrl: null, maxConnections: 5, log });
await ensureMigrated(store);
const stream = createEventStream({
  db: () => store.db,
  settings: () => ({ reconnectMs: 5_000, heartbeatMs: 30_000, maxClients: clients, clientBufferBytes: 2 ** 20 }),
  publicUrl: () => null,
  onError: (error) => log.error(error),
});
const http = { host: '127.0.0.1', port: 0, trustedProxies: [], corsOrigins: [], bodyTimeoutMs: 30_000 };
const { app } = await createServer({
  config: { http },
  publicUrl: () => null,
  version: '0',
  log,
  authenticator: createAuthenticator({ getDb: () => store.db, adminToken: () => TOKEN, clock: Date.now, log }),
});
registerEventRoutes(app, { stream });
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as AddressInfo;
stream.start();
await stream.tail.ready();

const before = await measureMemory();
const child = fork(new URL('stream-clients.ts', import.meta.url), [String(port), String(clients), TOKEN]);
try {
  const { connectedMs } = await receive<ClientsReady>(child);
  const idle = await measureMemory();

  const events = Math.round(rate * seconds);
  const startedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  for (let event = 0; event < events; event += 1) {
    await delay(Math.max(0, startedMs + (event * 1_000) / rate - performance.now()));
    await publish();
    stream.wake();
  }
  await delay(2_000);
  const cpu = process.cpuUsage(cpuBefore);
  const afterwards = await measureMemory();
  child.send('report');
  const report = await receive<ClientReport>(child);
  const expected = events * clients;
  print(`clients               ${clients}, connected in ${Math.round(connectedMs)} ms`);
  print(`events                ${events} at ${rate}/s`);
  print(`received              ${report.received} of ${expected}, ${report.disconnected} clients disconnected`);
  print(
    `publish → receive     p50 ${report.p50Ms.toFixed(1)} ms, p99 ${report.p99Ms.toFixed(1)} ms, max ${report.maxMs.toFixed(1)} ms`,
  );
  print(
    `memory per client     ${toKb(idle - before)} idle, ${toKb(afterwards - before)} after the run (RSS of the hub)`,
  );
  print(
    `hub                   ${Math.round(afterwards / 1e6)} MB RSS, ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s CPU over ${seconds + 2} s`,
  );
  process.exitCode = report.received === expected && report.disconnected === 0 ? 0 : 1;
} finally {
  child.kill();
  await app.close();
  await store.close();
  lock.release();
  await rm(dataDir, { recursive: true, force: true });
}

async function publish(): Promise<void> {
  const title = `sent:${process.hrtime.bigint()}:`;
  await addEvents(store.db, [makeEvent({ repo: makeRepo('dataforge/app'), title, body: 'x'.repeat(500) })]);
}

async function measureMemory(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await delay(200);
  }
  return process.memoryUsage.rss();
}

async function receive<T>(from: ChildProcess): Promise<T> {
  const [message] = (await once(from, 'message')) as [T];
  return message;
}

function toKb(bytes: number): string {
  return `${(bytes / clients / 1_000).toFixed(1)} kB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
