import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { findHolder, isLockedByThisProcess, lockDataDir } from './data-dir-lock.ts';

const root = mkdtempSync(join(tmpdir(), 'fettle-lock-'));
after(() => rmSync(root, { recursive: true }));

/** A process that takes the lock, says so, and keeps it until it is killed. */
async function startHolder(dataDir: string): Promise<ChildProcess> {
  const module = new URL('./data-dir-lock.ts', import.meta.url).href;
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(module)});
    await lockDataDir(${JSON.stringify(dataDir)});
    process.stdout.write('locked');
    process.stdin.resume().on('end', () => process.exit());
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

describe('lockDataDir', () => {
  it('creates the directory for its owner alone', async () => {
    const dataDir = join(root, 'made', 'here');
    const lock = await lockDataDir(dataDir);
    assert.equal(statSync(dataDir).mode & 0o777, 0o700);
    lock.release();
  });

  it('refuses a second process and names the holder', async () => {
    const dataDir = join(root, 'contested');
    const child = await startHolder(dataDir);
    try {
      await assert.rejects(lockDataDir(dataDir, { patienceMs: 0 }), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'data_dir_locked');
        assert.match(error.message, new RegExp(`process ${child.pid} on ${hostname()}, which started at 20`));
        return true;
      });
      assert.equal(isLockedByThisProcess(dataDir), false);
    } finally {
      await kill(child);
    }
  });

  it('is free right after the holder was killed', async () => {
    const dataDir = join(root, 'killed');
    for (let round = 0; round < 3; round += 1) {
      await kill(await startHolder(dataDir));
      const lock = await lockDataDir(dataDir, { patienceMs: 0 });
      assert.equal(isLockedByThisProcess(dataDir), true);
      lock.release();
    }
  });

  it('waits for a holder that is about to go', async () => {
    const dataDir = join(root, 'patient');
    const child = await startHolder(dataDir);
    const waiting = lockDataDir(dataDir, { patienceMs: 60_000 });
    await kill(child);
    (await waiting).release();
    assert.equal(findHolder(dataDir), undefined);
  });

  it('can be taken again after a release', async () => {
    const dataDir = join(root, 'again');
    (await lockDataDir(dataDir)).release();
    assert.equal(isLockedByThisProcess(dataDir), false);
    (await lockDataDir(dataDir, { patienceMs: 0 })).release();
  });

  it('does not lock twice in one process', async () => {
    const dataDir = join(root, 'twice');
    const lock = await lockDataDir(dataDir);
    await assert.rejects(lockDataDir(dataDir, { patienceMs: 0 }), { code: 'data_dir_locked' });
    lock.release();
  });

  it('refuses a path that is a file, or lies below one', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    await assert.rejects(lockDataDir(file), { code: 'data_dir_unusable' });
    await assert.rejects(lockDataDir(join(file, 'below')), { code: 'data_dir_unusable' });
  });

  it(
    'refuses a directory in which nothing can be written',
    { skip: !existsSync('/proc/self') && 'no /proc here' },
    async () => {
      await assert.rejects(lockDataDir('/proc/self'), { code: 'data_dir_unusable' });
    },
  );
});
