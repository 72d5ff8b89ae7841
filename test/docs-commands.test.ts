import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { COMMANDS } from '../src/cli/program.ts';
import { EXIT_CODES } from '../src/cli/exit-codes.ts';
import { type CommandLine, createCommandLine } from './command-line.ts';

/**
 * The manual is true: every command in a block marked `sh` of the README and docs/ is run, in the order of the page, against a hub
 * of this test. What is not run is listed here with the reason; a command that is neither runnable nor listed fails.
 */
const ROOT = join(import.meta.dirname, '..');
const PAGES = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: ROOT }).toSorted()].filter((page) =>
  existsSync(join(ROOT, page)),
);

const NOT_RUN: readonly { readonly pattern: RegExp; readonly because: string }[] = [
  { pattern: /^(\.\/fettle( serve\b.*)?|npm start)$/, because: 'runs until it is stopped; serve.test.ts runs it' },
  {
    pattern: /^npm (test|ci|install|run (check|bench|bench:stream|test:crash|test:claims|docs|format))\b/,
    because: 'works on the whole project',
  },
  {
    pattern: /^(git|cd|docker|podman|kubectl|systemctl|sudo|mkdir|cp|openssl)\b/,
    because: 'is about the machine of the reader',
  },
  { pattern: /^FETTLE_\w+=\S* npm /, because: 'works on the whole project' },
  { pattern: /^[A-Z_]+=\S*$/, because: 'only sets a variable' },
  { pattern: /^\.\/fettle token revoke 0/, because: 'names the token of another hub; with-hub.test.ts revokes one' },
  {
    pattern: /^\.\/fettle runs (show|redrive|cancel) 0/,
    because: 'names the run of another hub; runs.test.ts has its own',
  },
  {
    pattern:
      /^\.\/fettle tasks (show|heartbeat|ask|complete|fail|release|approve|reject|cancel|requeue|quarantine|waive) 0/,
    because: 'names the task of another hub; tasks.test.ts has its own',
  },
  {
    pattern: /^(FETTLE_TOKEN=\S+ )?\.\/fettle tasks claim /,
    because: 'ends with 6 where there is no work, or asks another machine; tasks.test.ts claims',
  },
  { pattern: /^\.\/fettle mcp\b/, because: 'runs until its input ends; mcp.test.ts runs it' },
  {
    pattern: /^\.\/fettle runs breakers --close/,
    because: 'names a breaker that is not open here; runs.test.ts tries it',
  },
  {
    pattern: /^\.\/fettle hooks (install|rotate-secret|remove) /,
    because: 'changes webhooks on a forge; hooks.test.ts has one',
  },
  {
    pattern: /^\.\/fettle inbox drain /,
    because: 'names a directory of another machine; inbox-drain.test.ts drains one',
  },
  { pattern: /^(node bench\/|ulimit\b)/, because: 'measures for minutes' },
  { pattern: /^curl (?!.*http:\/\/127\.0\.0\.1:8000)/, because: 'asks another machine' },
];
/** The forges of the examples, those of the first start among them. */
const CONFIG = `recipes: [event-bridge]
forges:
  home: { kind: gitea }
  gitea: { kind: gitea }
  github: { kind: github }
`;
const RUN = /^(\.\/fettle |npm run demo|curl |echo )/;
/** A variable that later commands of the page use. */
const SET = /^([A-Z_]+)=\$\((.+)\)$/;

interface Line {
  readonly page: string;
  readonly number: number;
  readonly text: string;
}

/** The commands of a page: the lines of its `sh` blocks, continued lines joined, comments left out. */
function listCommands(page: string): Line[] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const commands: Line[] = [];
  let isInside = false;
  let begun = '';
  for (const [index, line] of lines.entries()) {
    if (line.trimStart().startsWith('```')) {
      isInside = !isInside && /^```sh\b/.test(line.trimStart());
      continue;
    }
    if (!isInside) continue;
    const text = `${begun}${line.trim()}`;
    begun = text.endsWith('\\') ? text.slice(0, -1) : '';
    const command = text.replace(/\s+# .*$/, '');
    if (begun === '' && command !== '' && !command.startsWith('#'))
      commands.push({ page, number: index + 1, text: command });
  }
  return commands;
}

let line: CommandLine;
let url: string;
let token: string;
before(async () => {
  line = await createCommandLine(CONFIG);
  ({ url } = await line.start());
  await line.run('demo', '--speed', 'max');
  token = (await line.run('token', 'create', '--name', 'manual', '--role', 'admin')).out.trim();
});
after(() => line.close());

async function run(
  text: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  const main = `node '${join(ROOT, 'src', 'main.ts')}'`;
  const isStream = /^curl .*(-N|--no-buffer|\/events)/.test(text);
  const command = text
    .replaceAll('./fettle', main)
    .replace(/^npm run demo( -- )?/, `${main} demo `)
    .replace(/\bdemo *$/, 'demo --speed max')
    .replaceAll('http://127.0.0.1:8000', url)
    .replace(/^curl /, `curl --silent --show-error --fail-with-body --globoff ${isStream ? '--max-time 2 ' : ''}`);
  const path = `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`;
  const environment = { ...line.environment, PATH: path, FETTLE_TOKEN: token, NODE_NO_WARNINGS: '1', ...variables };
  const child = spawn('sh', ['-c', command], { cwd: line.directory, env: environment as unknown as NodeJS.ProcessEnv });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  const isCut = isStream && code === 28;
  return { code: isCut ? 0 : code, output };
}

for (const page of PAGES) {
  const commands = listCommands(page);
  if (commands.length === 0) continue;
  test(`every command in ${page} works as it is written there`, async () => {
    const variables: Record<string, string> = {};
    for (const { number, text } of commands) {
      const [, name, command] = SET.exec(text) ?? [];
      if (name !== undefined && command !== undefined) {
        const { code, output } = await run(command, variables);
        assert.equal(code, 0, `${page}:${number} ${text}\n${output}`);
        variables[name] = output.trim();
        continue;
      }
      if (NOT_RUN.some(({ pattern }) => pattern.test(text))) continue;
      assert.match(text, RUN, `${page}:${number} can be neither run nor left out; see the lists in this file.`);
      const { code, output } = await run(text, variables);
      assert.equal(code, 0, `${page}:${number} ${text}\n${output}`);
    }
  });
}

test('docs/cli.md has a section with an example for every command, and the exit codes as they are', () => {
  const text = readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8');
  for (const { path } of COMMANDS) {
    const section = text.split(`\n## ${path}\n`)[1]?.split('\n## ')[0];
    assert.ok(section !== undefined, `docs/cli.md has no section "${path}".`);
    assert.match(section, new RegExp(`^\\./fettle ${path}\\b`, 'm'));
  }
  const table = [...text.matchAll(/^\| (\d) +\| (.+?) +\|$/gm)].map((match) => [match[1], match[2]]);
  assert.deepEqual(table, Object.entries(EXIT_CODES));
});
