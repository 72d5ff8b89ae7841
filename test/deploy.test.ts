import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { waitUntil } from './wait-until.ts';

/**
 * What of the container can be shown without a container engine: that its files say what they should, and that the tree which the
 * Dockerfile puts together runs read-only, as another user, writing to nothing but its data directory.
 */
const ROOT = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
const NOBODY = 65_534;
const APP = '/opt/fettle';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

function toInstructions(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => /^[A-Z]+ /.test(line));
  return lines.map((line) => ({ name: line.split(' ', 1)[0] ?? '', text: line.slice(line.indexOf(' ') + 1).trim() }));
}

const instructions = toInstructions(dockerfile);
const finalStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const finalText = (name: string) => finalStage.filter((one) => one.name === name).map((one) => one.text);

interface Service {
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly env_file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly privileged?: boolean;
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

interface Compose {
  readonly services: { readonly hub: Service; readonly database: Service };
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const compose = parse(readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8'), { merge: true }) as Compose;

test('both services of the Compose file run without write access, capabilities or new privileges', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.ok(service.tmpfs?.includes('/tmp'), name);
    assert.equal(service.privileged, undefined, name);
  }
});

test('the hub of the Compose file starts without waiting for its database to be well', () => {
  assert.deepEqual(compose.services.hub.depends_on, { database: { condition: 'service_started' } });
  assert.ok(compose.services.database.healthcheck, 'people still see whether the database is well');
});

test('the Compose file keeps data in named volumes and the database off every other network', () => {
  const mounts = [...(compose.services.hub.volumes ?? []), ...(compose.services.database.volumes ?? [])];
  const named = mounts.map((mount) => mount.split(':')[0] ?? '').filter((source) => !source.startsWith('.'));
  assert.deepEqual(named.toSorted(), Object.keys(compose.volumes).toSorted());
  assert.equal(compose.networks['database']?.internal, true);
  assert.equal(compose.services.database.ports, undefined);
  assert.match(compose.services.hub.ports?.[0] ?? '', /127\.0\.0\.1:8000\}:8000$/, 'published on this machine only');
});

test('no secret is written in the Compose file, and each variable it takes is in the example', () => {
  const text = readFileSync(join(ROOT, 'deploy/compose.yaml'), 'utf8');
  const example = readFileSync(join(ROOT, 'deploy/.env.example'), 'utf8');
  for (const [, name] of text.matchAll(/\$\{([A-Z_]+)/g)) assert.match(example, new RegExp(`^(# )?${name}=`, 'm'));
  assert.match(compose.services.hub.environment?.['DATABASE_URL'] ?? '', /:\$\{POSTGRES_PASSWORD:\?/);
  assert.doesNotMatch(example, /^[A-Z_]*(PASSWORD|TOKEN|SECRET)=./m, 'the example holds no secret');
});

test('what the Dockerfile copies exists, and the build context lets it through', () => {
  const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const sources = instructions
    .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
    .flatMap(({ text }) => text.split(' ').slice(0, -1));
  assert.ok(sources.length > 5);
  for (const source of sources) {
    assert.ok(existsSync(join(ROOT, source)), `${source} does not exist`);
    assert.ok(ignore.includes(`!${source}`), `${source} is not named in .dockerignore`);
  }
  assert.equal(compose.services.hub.build?.context, '..');
});

test('the image runs as a user without rights, keeps its data in a volume and stops by SIGTERM', () => {
  assert.deepEqual(finalText('USER'), ['1000:1000']);
  assert.deepEqual(finalText('VOLUME'), ['/data']);
  assert.deepEqual(finalText('STOPSIGNAL'), ['SIGTERM']);
  assert.deepEqual(finalText('ENTRYPOINT'), ['["fettle"]']);
  assert.match(finalText('ENV').join(' '), /HOST=0\.0\.0\.0 .*FETTLE_DATA_DIR=\/data/);
});

test('the unit of systemd leaves the service no privileges, and the engine its right to compile', () => {
  const unit = readFileSync(join(ROOT, 'deploy/fettle.service'), 'utf8');
  for (const line of ['DynamicUser=yes', 'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'ProtectSystem=strict']) {
    assert.match(unit, new RegExp(`^${line}$`, 'm'));
  }
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute=yes/m);
  const paths = [...unit.matchAll(/\/opt\/fettle\/(\S+)/g)].map(([, path]) => path ?? '');
  assert.ok(paths.length > 2);
  for (const path of paths) assert.ok(existsSync(join(ROOT, path)), `${path} does not exist`);
});

test('the tree of the image serves, read-only and as another user, until it is told to stop', async (t) => {
  const image = await assembleImage(t);
  const dataDir = join(image, 'data');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(dataDir, NOBODY, NOBODY);
  else t.diagnostic('Not root, so the hub runs as this user; the tree is read-only all the same.');
  const port = String(await findFreePort());
  const environment = {
    ...toEnvironment(finalText('ENV').join(' ')),
    PATH: `${join(image, APP, 'bin')}:${join(image, 'node')}:/usr/bin:/bin`,
    HOST: '127.0.0.1',
    PORT: port,
    FETTLE_DATA_DIR: dataDir,
  };
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const run = (command: readonly string[]) =>
    spawn(command[0] ?? '', command.slice(1), {
      cwd: join(image, 'etc/fettle'),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });

  const hub = run([...toList(finalText('ENTRYPOINT')), ...toList(finalText('CMD'))]);
  t.after(() => hub.kill('SIGKILL'));
  const output = collect(hub);
  const healthCommand = toList([
    finalText('HEALTHCHECK')
      .join('')
      .replace(/^.*? CMD /, ''),
  ]);
  const checkHealth = async () => {
    const check = run(healthCommand);
    const [code] = (await once(check, 'close')) as [number];
    return code;
  };
  assert.equal(await checkHealth(), 1, 'a hub that does not answer yet is not healthy');
  await waitUntil(async () => {
    assert.equal(hub.exitCode, null, output());
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined);
    return answer?.status === 200;
  }, `the hub of the image is alive: ${output()}`);
  assert.equal(await checkHealth(), 0);
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(page.status, 200, 'the web page is in the image');

  const listing = run(['fettle', 'rules', 'show', 'event-bridge']);
  const listed = collect(listing);
  assert.deepEqual(await once(listing, 'close'), [0, null], listed());
  assert.match(listed(), /name: event-bridge\/start-pipeline/);

  hub.kill('SIGTERM');
  assert.deepEqual(await once(hub, 'close'), [0, null], output());
  assert.ok((await readdir(dataDir)).includes('secrets.json'));
});

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (text += part));
  return () => text;
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The exec form of an instruction. */
function toList(texts: readonly string[]): string[] {
  return texts.flatMap((text) => JSON.parse(text) as string[]);
}

function toEnvironment(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]));
}

/** The final stage's tree, made of links to the files here, with folders that nobody may write to but the data directory. */
async function assembleImage(t: TestContext): Promise<string> {
  const image = await mkdtemp(join(tmpdir(), 'fettle-image-'));
  t.after(async () => {
    await runTool('chmod', ['-R', 'u+w', image]);
    await rm(image, { recursive: true, force: true });
  });
  await chmod(image, 0o755);
  const app = join(image, APP);
  await mkdir(app, { recursive: true });
  for (const text of finalText('COPY')) {
    const parts = text.split(' ').filter((part) => !part.startsWith('--'));
    const target = parts.at(-1) ?? '';
    for (const source of parts.slice(0, -1)) {
      const path = source.replace(`${APP}/`, '');
      const to = target.endsWith('/') ? join(app, target, path) : join(app, target);
      if (path === 'node_modules') await linkProductionModules(join(app, 'node_modules'));
      else await link(join(ROOT, path), to);
    }
  }
  for (const path of globSync(['**/*.test.ts', '**/*.testsuite.ts'], { cwd: join(app, 'src') })) {
    await rm(join(app, 'src', path));
  }
  for (const { name, text } of instructions) {
    if (name === 'RUN' && text.startsWith('rm -rf ')) await runTool('sh', ['-c', `cd '${app}' && ${text}`]);
  }
  await link(process.execPath, join(image, 'node/node'));
  await mkdir(join(image, 'etc/fettle'), { recursive: true });
  // Files are links, so only folders lose their write bits; no file here may be written by others anyway.
  await runTool('find', [image, '-type', 'd', '-exec', 'chmod', 'a-w', '{}', '+']);
  await chmod(image, 0o755);
  await mkdir(join(image, 'data'), { mode: 0o700 });
  await chmod(image, 0o555);
  return image;
}

/** What `npm ci --omit=dev` would install, by the lock file. */
async function linkProductionModules(target: string): Promise<void> {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const top = Object.entries(lock.packages)
    .filter(([path, { dev }]) => dev !== true && /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
    .map(([path]) => path.slice('node_modules/'.length))
    .filter((name) => existsSync(join(ROOT, 'node_modules', name)));
  await mkdir(target, { recursive: true });
  for (const scope of new Set(top.map(dirname))) {
    await mkdir(join(target, scope), { recursive: true });
    const sources = top.filter((name) => dirname(name) === scope).map((name) => join(ROOT, 'node_modules', name));
    await linkAll(sources, join(target, scope));
  }
}

async function link(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await linkAll([source], target);
}

/** Hard links where both are on one file system, else copies. */
async function linkAll(sources: readonly string[], target: string): Promise<void> {
  const canLink = statSync(sources[0] ?? ROOT).dev === statSync(tmpdir()).dev;
  await runTool('cp', [canLink ? '-al' : '-a', ...sources, target]);
}

async function runTool(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0, `${command}: ${output()}`);
}
