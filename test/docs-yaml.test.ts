import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ACTIONS } from '../src/actions/registry.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { createRuleLanguage } from '../src/rules/language.ts';
import { createRuleSet } from '../src/rules/rule-set.ts';

/**
 * The manual is true: every block marked `yaml` is a configuration that loads, and every link leads somewhere. A block that begins with
 * `do:` is that of some rule.
 */
const ROOT = join(import.meta.dirname, '..');
const PAGES = [...globSync('*.md', { cwd: ROOT }), ...globSync('docs/**/*.md', { cwd: ROOT })].toSorted();

interface Block {
  readonly line: number;
  readonly text: string;
}

/** The `yaml` blocks of a page, those within lists too, without their indentation. */
function listYamlBlocks(page: string): Block[] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  return lines.flatMap((line, i): Block[] => {
    const indentation = /^( *)```yaml$/.exec(line)?.[1];
    if (indentation === undefined) return [];
    const end = lines.indexOf(`${indentation}\`\`\``, i);
    return [
      {
        line: i + 1,
        text: lines
          .slice(i + 1, end)
          .map((one) => one.slice(indentation.length))
          .join('\n'),
      },
    ];
  });
}

/** A whole configuration; every event is wanted, since what a template names must only be known of some. */
function toConfiguration(block: string): string {
  if (!block.startsWith('do:')) return block;
  const rule = block.replaceAll(/^(?=.)/gm, '    ').replace(/^ {4}/, '  - name: example\n    on: "*"\n    ');
  return `forges: { home: { kind: gitea } }\nexec: { enabled: true, programs: [/usr/local/bin/on-push, /opt/deploy/run] }\nrules:\n${rule}\n`;
}

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fettle-docs-'));
});
after(() => rm(directory, { recursive: true, force: true }));

for (const page of PAGES) {
  const blocks = listYamlBlocks(page);
  if (blocks.length === 0) continue;
  test(`every configuration in ${page} loads, with rules that can be used`, async () => {
    for (const { line, text } of blocks) {
      // Files and commands of the reader stand for variables here, which are then all defined.
      const known = text.replaceAll(/\$\{(?:file|cmd):[^}]*\}/g, '${env:SECRET_OF_THE_READER}');
      const names = [...known.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => name);
      const path = join(directory, 'fettle.yaml');
      await writeFile(path, toConfiguration(known));
      const environment = Object.fromEntries(names.map((name) => [name, 'a-secret-of-the-reader']));
      const loaded = await loadConfig({
        path,
        environment,
        cwd: directory,
        language: createRuleLanguage(ACTIONS),
      }).catch((error: Error) => {
        assert.fail(`${page}:${line} ${error.message}`);
      });
      createRuleSet(loaded.config, ACTIONS);
    }
  });
}

/** The anchor that GitHub and Gitea give a heading. */
function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-');
}

function listAnchors(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => toAnchor(heading));
}

test('every link of the manual to a file or a heading of this project leads there', () => {
  const broken = PAGES.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    return targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const path = file === '' ? join(ROOT, page) : join(ROOT, dirname(page), file);
        if (globSync(path).length === 0) return true;
        return anchor !== undefined && !listAnchors(path).includes(anchor);
      })
      .map((target) => `${page}: ${target}`);
  });
  assert.deepEqual(broken, []);
});
