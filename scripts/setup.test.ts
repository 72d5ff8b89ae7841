import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitUntil } from '../test/wait-until.ts';

const SETUP = fileURLToPath(new URL('./setup.cjs', import.meta.url));
const INSTALLING = /Installing what/;

/** A clone of a project with one package, which npm finds without a network. Its path has a space. */
async function createProject(t: TestContext): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'fettle-setup-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, 'a clone');
  const manifest = { name: 'project', version: '1.0.0', dependencies: { part: 'file:part' } };
  await mkdir(join(folder, 'scripts'), { recursive: true });
  await mkdir(join(folder, 'part'));
  await copyFile(SETUP, join(folder, 'scripts', 'setup.cjs'));
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'part', 'package.json'), JSON.stringify({ name: 'part', version: '1.0.0' }));
  const lock = {
    name: 'project',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': manifest, 'node_modules/part': { resolved: 'part', link: true }, part: { version: '1.0.0' } },
  };
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
  return folder;
}

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

async function setUp(folder: string, mode = 'run'): Promise<Outcome> {
  const child = spawn(process.execPath, [join(folder, 'scripts', 'setup.cjs'), mode], {
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

async function assertSetUp(folder: string, mode?: string): Promise<string> {
  const { code, output } = await setUp(folder, mode);
  assert.equal(code, 0, output);
  return output;
}

test('set-up installs what is missing and the second time finds it in place', async (t) => {
  const folder = await createProject(t);
  assert.match(await assertSetUp(folder), INSTALLING);
  assert.ok(existsSync(join(folder, 'node_modules', 'part', 'package.json')));
  assert.equal(await assertSetUp(folder), '');
});

test('set-up begins anew when the last one was broken off or a package has gone', async (t) => {
  const folder = await createProject(t);
  await assertSetUp(folder);
  await writeFile(join(folder, 'node_modules', '.fettle-install.json'), '{"lock":');
  assert.match(await assertSetUp(folder), INSTALLING);
  await rm(join(folder, 'node_modules', 'part'));
  assert.match(await assertSetUp(folder), INSTALLING);
  assert.equal(await assertSetUp(folder), '');
});

test('set-up for development leaves in place what a running hub may be using', async (t) => {
  const folder = await createProject(t);
  await assertSetUp(folder);
  const before = lstatSync(join(folder, 'node_modules'), { bigint: true });
  assert.match(await assertSetUp(folder, 'develop'), /what tests and checks need/);
  assert.equal(lstatSync(join(folder, 'node_modules'), { bigint: true }).ino, before.ino);
  assert.equal(await assertSetUp(folder, 'run'), '', 'what development needs is enough to run');
});

test('of several set-ups at once only one installs', async (t) => {
  const folder = await createProject(t);
  const outputs = await Promise.all([assertSetUp(folder), assertSetUp(folder), assertSetUp(folder)]);
  assert.equal(outputs.filter((output) => INSTALLING.test(output)).length, 1, outputs.join('\n'));
});

test('set-up says which step failed and leaves nothing that looks finished', async (t) => {
  const folder = await createProject(t);
  await writeFile(join(folder, 'package-lock.json'), 'not a lock file');
  const { code, output } = await setUp(folder);
  assert.equal(code, 1);
  assert.match(output, /npm ci failed\. The lines above say why\./);
  assert.ok(!existsSync(join(folder, 'node_modules', '.fettle-install.json')));
});

test('an install ends with whoever started set-up, and a killed set-up holds up nobody', async (t) => {
  const folder = await createProject(t);
  const idFile = join(folder, 'npm-process');
  await writeFile(join(folder, 'npm'), `#!/bin/sh\necho $$ > '${idFile}'\nexec sleep 600\n`);
  await chmod(join(folder, 'npm'), 0o755);
  const command = `"${process.execPath}" scripts/setup.cjs run; true`;
  const environment = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, npm_execpath: '' };
  const shell: ChildProcess = spawn('sh', ['-c', command], { cwd: folder, env: environment, stdio: 'ignore' });
  t.after(() => shell.kill('SIGKILL'));

  await waitUntil(async () => /\n/.test(await readFile(idFile, 'utf8').catch(() => '')), 'the install runs');
  const npm = Number(await readFile(idFile, 'utf8'));
  shell.kill('SIGTERM');
  await waitUntil(() => hasEnded(npm), 'the install has ended');

  assert.match(await assertSetUp(folder), INSTALLING);
});

/** True also for a process that nobody has waited for. */
async function hasEnded(processId: number): Promise<boolean> {
  const state = await readFile(`/proc/${processId}/stat`, 'utf8').catch(() => '');
  return state === '' || / Z /.test(state);
}
