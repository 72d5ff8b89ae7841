import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { loadConfig, type LoadedConfig } from '../src/config/load-config.ts';
import type { RuleLanguage } from '../src/config/rule-language.ts';
import { ConfigError, type ConfigProblem } from '../src/config/problem.ts';

export interface ConfigDirectory {
  readonly path: string;
  readonly file: string;
  /** Writes fettle.yaml. */
  write(text: string): Promise<void>;
  /** Writes fettle.yaml, unless the text is undefined, and reads the configuration in this directory. */
  load(text?: string, environment?: Record<string, string>, language?: RuleLanguage): Promise<LoadedConfig>;
  /** As `load`, for a text that must be refused. */
  refuse(
    text: string,
    environment?: Record<string, string>,
    language?: RuleLanguage,
  ): Promise<readonly ConfigProblem[]>;
}

/** A directory of its own for one test, removed after it. */
export async function createConfigDirectory(t: TestContext): Promise<ConfigDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'fettle-config-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  const file = join(path, 'fettle.yaml');
  const load: ConfigDirectory['load'] = async (text, environment = {}, language) => {
    if (text !== undefined) await writeFile(file, text);
    return await loadConfig({ environment, cwd: path, language });
  };
  return {
    path,
    file,
    load,
    write: (text) => writeFile(file, text),
    async refuse(text, environment, language) {
      const error: unknown = await load(text, environment, language).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof ConfigError, 'the configuration should be refused');
      return error.problems;
    },
  };
}
