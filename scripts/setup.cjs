// All set-up that `npm start`, `npm test` and `./fettle` need, run before each of them. Plain CommonJS, so that any Node from 20 on can run
// it: it installs the pinned Node 24 along with everything else. A second run finds everything in place and takes a moment.
//
//   node scripts/setup.cjs run      what running the hub needs
//   node scripts/setup.cjs develop  the same and what tests and checks need
//
//   look ──all in place──▶ done
//     └─something is missing─▶ wait for other set-ups ▸ look again ▸ packages ▸ a Node that runs ▸ web page ▸ done
//
// A mark is written after each step and removed before it, so that a step that was broken off is done again.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { createConnection, createServer } = require('node:net');
const { basename, join } = require('node:path');

const root = join(__dirname, '..');
const mode = process.argv[2] === 'develop' ? 'develop' : 'run';
const isWindows = process.platform === 'win32';
const bin = join(root, 'node_modules', '.bin');
const installMark = join(root, 'node_modules', '.fettle-install.json');
const webMark = join(root, 'web', 'dist', '.fettle-build.json');

class SetupError extends Error {}

function say(message) {
  process.stderr.write(`${message}\n`);
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

/** What a mark says; nothing when it is absent or was cut short. */
function readMark(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

/** Runs a command with its output on our stderr. Ends it when we are told to end, or when whoever started us is gone. */
async function run(command, args, what) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: isWindows && command === 'npm' });
  const parent = process.ppid;
  const end = () => {
    // npm finishes what it is at before it heeds any other signal, and would write on beside the next set-up.
    child.kill('SIGKILL');
    process.exit(143);
  };
  const watch = setInterval(() => process.ppid !== parent && end(), 250);
  process.on('SIGTERM', end).on('SIGINT', end).on('SIGHUP', end);
  const code = await new Promise((resolve) => child.on('error', resolve).on('exit', resolve));
  clearInterval(watch);
  process.off('SIGTERM', end).off('SIGINT', end).off('SIGHUP', end);
  if (code !== 0) {
    throw new SetupError(`${what} failed. ${code instanceof Error ? code.message : 'The lines above say why.'}`);
  }
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const wanted = {
  lock: hashFiles(['package-lock.json']),
  platform: `${process.platform}-${process.arch}`,
};

/** Names of the packages we ask for by ourselves that are there. */
function listPackages() {
  const names = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})];
  return names.filter((name) => existsSync(join(root, 'node_modules', name, 'package.json')));
}

function hasPackages() {
  const { lock, platform, mode: installed, packages = [] } = readMark(installMark);
  if (lock !== wanted.lock || platform !== wanted.platform || (installed !== 'develop' && installed !== mode))
    return false;
  const present = new Set(listPackages());
  return packages.every((name) => present.has(name));
}

async function installPackages() {
  const { lock, platform, mode: installed } = readMark(installMark);
  // A hub may be running from this folder: what it needs stays in place while the packages for development are added.
  const isAddition = mode === 'develop' && installed === 'run' && lock === wanted.lock && platform === wanted.platform;
  say(`Installing what ${mode === 'develop' ? 'tests and checks need' : 'Fettle needs'} (once; about a minute) …`);
  rmSync(installMark, { force: true });
  const args = isAddition ? ['install', '--no-save'] : ['ci'];
  args.push('--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--include=optional');
  args.push(mode === 'develop' ? '--include=dev' : '--omit=dev');
  const npm = process.env.npm_execpath ?? '';
  const what = `npm ${args[0]}`;
  if (/^npm-cli\.c?js$/.test(basename(npm))) await run(process.execPath, [npm, ...args], what);
  else await run('npm', args, what);
  writeFileSync(installMark, JSON.stringify({ ...wanted, mode, packages: listPackages() }));
}

/** The Node that npm's scripts find first: our own, where there is one for this platform. */
function findOwnNode() {
  const path = isWindows
    ? join(root, 'node_modules', `node-win-${process.arch}`, 'bin', 'node.exe')
    : join(bin, 'node');
  return existsSync(path) ? path : undefined;
}

/** npm skips an optional package that does not fit or did not download, and says nothing; and ours does not run on musl. */
function ensureNode() {
  const own = findOwnNode();
  if (own !== undefined) {
    const { stdout } = spawnSync(own, ['--version'], { encoding: 'utf8' });
    if (/^v(2[4-9]|[3-9]\d)\./.test(stdout ?? '')) return own;
  }
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new SetupError(
      `Fettle runs on Node 24. It brings its own on Linux with glibc (x64, arm64) and Windows (x64); here (${wanted.platform}) it could not be used.\n` +
        `Install Node 24 or newer and start again; this is ${process.version}.`,
    );
  }
  for (const name of ['node', 'node.cmd', 'node.ps1']) rmSync(join(bin, name), { force: true });
  return process.execPath;
}

/** npm runs scripts with cmd.exe on Windows, which has no `exec`; everywhere else it hands signals to the server. */
function ensureExec() {
  if (isWindows) writeFileSync(join(bin, 'exec.cmd'), '@%*\r\n');
}

const hasWebSources = existsSync(join(root, 'web', 'index.html'));

function hashWebSources() {
  return hashFiles([...listFiles('web'), 'package-lock.json']);
}

function hasWebPage() {
  return !hasWebSources || readMark(webMark).sources === hashWebSources();
}

async function buildWebPage(node) {
  say('Building the web page …');
  const sources = hashWebSources();
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  await run(node, [vite, 'build', 'web', '--logLevel', 'error'], 'Building the web page');
  mkdirSync(join(root, 'web', 'dist'), { recursive: true });
  writeFileSync(webMark, JSON.stringify({ sources }));
}

/**
 * Lets one set-up of this folder work at a time; two would delete each other's packages. Whoever listens on the socket works. A socket
 * that nobody listens on was left by a killed set-up. Where sockets cannot be made, there is no waiting.
 */
async function withTurn(work) {
  const path = isWindows
    ? `\\\\.\\pipe\\fettle-setup-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`
    : join('.cache', 'setup.sock');
  // The path of a socket may have 107 bytes, so it is taken from here.
  process.chdir(root);
  mkdirSync('.cache', { recursive: true });
  const server = createServer((socket) => socket.destroy());
  let isWaiting = false;
  while ((await tryListen(server, path)) === 'EADDRINUSE') {
    if (!(await isAlive(path))) {
      rmSync(path, { force: true });
      continue;
    }
    if (!isWaiting) say('Another set-up of this folder is at work; waiting for it …');
    isWaiting = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  try {
    await work();
  } finally {
    server.close();
  }
}

function tryListen(server, path) {
  return new Promise((resolve) => {
    const settle = (error) => {
      server.removeAllListeners('error').removeAllListeners('listening');
      resolve(error?.code ?? 'listening');
    };
    server.once('error', settle).once('listening', settle).listen(path);
  });
}

function isAlive(path) {
  return new Promise((resolve) => {
    const socket = createConnection(path, () => resolve(true)).on('error', () => resolve(false));
    socket.on('close', () => socket.destroy());
  });
}

async function setUp() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) throw new SetupError(`Fettle needs Node 20 or newer to set itself up; this is ${process.version}.`);
  if (!hasPackages() || !hasWebPage()) {
    await withTurn(async () => {
      if (!hasPackages()) await installPackages();
      const node = ensureNode();
      if (!hasWebPage()) await buildWebPage(node);
    });
  }
  ensureNode();
  ensureExec();
}

setUp().catch((error) => {
  say(error instanceof SetupError ? error.message : String(error.stack));
  process.exit(1);
});
