// All set-up that `npm start`, `npm test` and `./fettle` need, run before each of them. Plain CommonJS, so that any Node from 20 on can run
// it: it installs the pinned Node 24 along with everything else. A second run finds everything in place and takes a moment.
//
//   node scripts/setup.cjs run      what running the hub needs
//   node scripts/setup.cjs develop  the same and what tests and checks need
'use strict';
const { createHash } = require('node:crypto');
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const mode = process.argv[2] === 'develop' ? 'develop' : 'run';
const installMark = join(root, 'node_modules', '.fettle-install.json');
const webMark = join(root, 'web', 'dist', '.fettle-build.json');

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function listFiles(folder) {
  return readdirSync(join(root, folder))
    .filter((name) => name !== 'dist' && name !== 'node_modules')
    .map((name) => `${folder}/${name}`)
    .flatMap((path) => (statSync(join(root, path)).isDirectory() ? listFiles(path) : [path]))
    .toSorted();
}

function readMark(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

function run(command, args, what) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) fail(`${what} failed. The lines above say why.`);
}

const hostMajor = Number(process.versions.node.split('.')[0]);
if (hostMajor < 20) fail(`Fettle needs Node 20 or newer to set itself up; this is ${process.version}.`);

const wanted = {
  lock: hashFiles(['package.json', 'package-lock.json']),
  platform: `${process.platform}-${process.arch}`,
};
const installed = readMark(installMark);
const hasModules =
  installed.lock === wanted.lock &&
  installed.platform === wanted.platform &&
  (installed.mode === 'develop' || installed.mode === mode);
if (!hasModules) {
  process.stderr.write('Installing what Fettle needs (once; about a minute) …\n');
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  if (mode === 'run') args.push('--omit=dev');
  const npm = process.env.npm_execpath;
  if (npm && /\.c?js$/.test(npm)) run(process.execPath, [npm, ...args], 'npm ci');
  else run('npm', args, 'npm ci');
  writeFileSync(installMark, JSON.stringify({ ...wanted, mode }));
}

// npm skips an optional package that does not fit or did not download, and says nothing.
const bin = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const probe = spawnSync(existsSync(bin) ? bin : process.execPath, ['--version'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
});
const major = Number((probe.stdout || 'v0').slice(1).split('.')[0]);
if (major < 24) {
  fail(
    `Fettle runs on Node 24. It brings its own on Linux with glibc (x64, arm64) and Windows (x64); here (${wanted.platform}) it could not be used.\n` +
      'Install Node 24 or newer and start again.',
  );
}
if (process.platform === 'win32') {
  // npm runs scripts with cmd.exe there, which has no `exec`; everywhere else it hands signals to the server.
  writeFileSync(join(root, 'node_modules', '.bin', 'exec.cmd'), '@%*\r\n');
}

if (existsSync(join(root, 'web', 'index.html'))) {
  const sources = hashFiles([...listFiles('web'), 'package-lock.json']);
  if (readMark(webMark).sources !== sources) {
    process.stderr.write('Building the web page …\n');
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
    run(
      existsSync(bin) ? bin : process.execPath,
      [vite, 'build', 'web', '--logLevel', 'warn'],
      'Building the web page',
    );
    mkdirSync(join(root, 'web', 'dist'), { recursive: true });
    writeFileSync(webMark, JSON.stringify({ sources }));
  }
}
