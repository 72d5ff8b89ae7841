import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { RULE_ACTIONS } from '../src/actions/registry.ts';
import { toEditorSchema, toEventJsonSchema } from '../src/config/json-schema.ts';
import { createActionPages } from './docs/action-pages.ts';
import { toConfigurationPage } from './docs/configuration-page.ts';
import { toErrorsPage } from './docs/errors-page.ts';
import { toEventModelPage } from './docs/event-model-page.ts';
import { toMcpPage } from './docs/mcp-page.ts';
import { listTools } from '../src/mcp/tools/tool-list.ts';

/**
 * Writes the pages and schemas that are generated from the code. `--check` writes nothing and fails when one of them is
 * not what would be written.
 */
const FILES: Readonly<Record<string, () => string>> = {
  ...createActionPages(),
  'docs/configuration.md': toConfigurationPage,
  'docs/errors.md': toErrorsPage,
  'docs/event-model.md': toEventModelPage,
  'docs/mcp.md': toMcpPage,
  'schema/fettle.schema.json': () => JSON.stringify(toEditorSchema(RULE_ACTIONS)),
  'schema/event.schema.json': () => JSON.stringify(toEventJsonSchema()),
  'schema/mcp-tools.json': () => JSON.stringify({ tools: listTools(true) }),
};

const ROOT = new URL('../', import.meta.url);

/** What each generated file should hold, by its path from the root of the project. */
export async function createGeneratedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [path, create] of Object.entries(FILES)) {
    const filepath = fileURLToPath(new URL(path, ROOT));
    files.set(path, await format(create(), { ...(await resolveConfig(filepath)), filepath }));
  }
  return files;
}

/** Paths of the generated files that are absent or differ from what would be written. */
export function findStaleFiles(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => {
    const url = new URL(path, ROOT);
    return existsSync(url) && readFileSync(url, 'utf8') === text ? [] : [path];
  });
}

if (import.meta.main) {
  const files = await createGeneratedFiles();
  const stale = findStaleFiles(files);
  const isCheck = process.argv.includes('--check');
  for (const path of isCheck ? [] : stale) {
    const url = new URL(path, ROOT);
    await mkdir(dirname(fileURLToPath(url)), { recursive: true });
    await writeFile(url, files.get(path) ?? '');
  }
  if (stale.length > 0) {
    process.stdout.write(
      isCheck ? `Out of date, run npm run docs: ${stale.join(', ')}\n` : `Wrote ${stale.join(', ')}\n`,
    );
  }
  process.exitCode = isCheck && stale.length > 0 ? 1 : 0;
}
