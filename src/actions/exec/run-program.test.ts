import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { type ProgramCall, runProgram } from './run-program.ts';

/**
 * The programs hold a connection to the test as long as they live, so that their end is seen and not waited for. `hold(name)` opens it;
 * `offspring(options)` starts another process that holds one too.
 */
const PRELUDE = (port: number) => `
  const { connect } = require('node:net');
  const { spawn } = require('node:child_process');
  const hold = (name) => connect(${port}, '127.0.0.1', function () { this.write(name); });
  const offspring = (options) => spawn(process.execPath,
    ['-e', "require('node:net').connect(${port}, '127.0.0.1', function () { this.write('offspring'); })"], options);
`;

describe('running a program', { skip: process.platform === 'win32' }, () => {
  it('ends the whole group when the attempt is aborted, with the reason of the caller', async (t) => {
    const place = await listen(t);
    const controller = new AbortController();
    const running = run(place, `hold('parent'); offspring({ stdio: 'ignore' });`, { signal: controller.signal });
    const rejected = assert.rejects(running, /enough of this/);
    const held = await place.wait(2);
    controller.abort(new Error('enough of this'));
    await rejected;
    await Promise.all(held.map(closed));
  });

  it('kills what does not listen', async (t) => {
    const place = await listen(t);
    const controller = new AbortController();
    const script = `process.on('SIGTERM', () => {}); hold('deaf');`;
    const running = run(place, script, { signal: controller.signal, killAfterMs: 1 });
    const rejected = assert.rejects(running, /enough of this/);
    const held = await place.wait(1);
    controller.abort(new Error('enough of this'));
    await rejected;
    await Promise.all(held.map(closed));
  });

  it('is not held up by what the program leaves behind, and does not leave it running', async (t) => {
    const place = await listen(t);
    const script = `process.stdin.resume(); offspring({ stdio: ['ignore', 'inherit', 'inherit'] });
      process.stdin.on('end', () => { console.log('leaving'); process.exit(0); });`;
    const { exitCode, output } = await run(place, `hold('parent'); ${script}`, {});
    assert.deepEqual([exitCode, output], [0, 'leaving\n']);
    for (const socket of place.held) await closed(socket);
  });

  it('gives back even when something left the group and keeps the output open', async (t) => {
    const place = await listen(t);
    const script = `const child = offspring({ detached: true, stdio: ['ignore', 'inherit', 'inherit'] });
      console.log(child.pid); process.exit(0);`;
    const { exitCode, output } = await run(place, script, {});
    t.after(() => process.kill(Number(output.trim()), 'SIGKILL'));
    assert.equal(exitCode, 0);
  });

  it('says when the time is over', async (t) => {
    const place = await listen(t);
    await assert.rejects(run(place, `hold('slow')`, { timeoutMs: 10 }), { code: 'run_timeout', outcomeUnknown: true });
    await Promise.all(place.held.map(closed));
  });

  it('starts nothing for an attempt that is over', async (t) => {
    const place = await listen(t);
    await assert.rejects(run(place, `hold('late')`, { signal: AbortSignal.abort(new Error('over')) }), /over/);
    assert.equal(place.held.length, 0);
  });

  it('keeps the last 64 kB of what the program writes, and survives a program that does not read', async (t) => {
    const place = await listen(t);
    const script = `process.stdin.destroy(); process.stdout.write('x'.repeat(5e6), () => process.stdout.write('the end'));`;
    const { output } = await run(place, script, { stdin: 'y'.repeat(5e6) });
    assert.equal(output.length, 64 * 1024);
    assert.ok(output.endsWith('the end'));
  });

  it('says why a program cannot be started', async () => {
    await assert.rejects(runProgram({ ...CALL, program: '/nonexistent' }), { code: 'rule_invalid' });
    await assert.rejects(runProgram({ ...CALL, program: '/etc/passwd' }), { code: 'rule_invalid', message: /EACCES/ });
    await assert.rejects(runProgram({ ...CALL, cwd: '/nonexistent' }), {
      code: 'rule_invalid',
      message: /nonexistent/,
    });
  });
});

const CALL: ProgramCall = {
  program: process.execPath,
  args: [],
  cwd: '/',
  env: {},
  stdin: '',
  user: undefined,
  timeoutMs: 600_000,
  signal: new AbortController().signal,
};

function run(place: Place, script: string, call: Partial<ProgramCall>) {
  return runProgram({ ...CALL, args: ['-e', `${PRELUDE(place.port)}${script}`], ...call });
}

interface Place {
  readonly port: number;
  readonly held: readonly Socket[];
  /** Resolves when that many processes hold a connection. */
  wait(count: number): Promise<readonly Socket[]>;
}

async function listen(t: TestContext): Promise<Place> {
  const held: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      held.push(socket);
      server.emit('held');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    held,
    async wait(count) {
      while (held.length < count) await once(server, 'held');
      return held;
    },
  };
}

async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}
