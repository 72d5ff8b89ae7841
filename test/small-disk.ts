import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A file system of its own, in memory and small. */
export interface SmallDisk {
  readonly path: string;
  /** Fills it but for so many bytes; others may be quicker, so that nothing is left. */
  fill(leaveBytes: number): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
}

/** Why there can be no small disk here; undefined when there can. */
export function findSmallDiskObstacle(): string | undefined {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  return isRoot ? undefined : 'mounting a small file system needs root on Linux';
}

/** Mounts a disk; it is taken away after the test, whoever still uses it. */
export async function createSmallDisk(t: TestContext, sizeBytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'fettle-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path]);
  t.after(async () => {
    execFileSync('umount', ['--lazy', path]);
    await rmdir(path);
  });
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: async (leaveBytes) => {
      const { bavail, bsize } = await statfs(path);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes), 1)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      });
    },
    free: () => rm(ballast),
  };
}
