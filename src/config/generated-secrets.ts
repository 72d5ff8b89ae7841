import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FettleError } from '../core/errors.ts';
import { syncDirectory } from '../core/sync-directory.ts';
import type { LoadedConfig } from './load-config.ts';
import { toSystemCode } from './read-limited.ts';
import { freezeTree } from './tree.ts';

/** Name of the file within the data directory. */
export const SECRETS_FILE = 'secrets.json';

const SecretsFile = z.strictObject({
  version: z.literal(1),
  adminToken: z.string().min(16),
  /** By forge name. Those of forges that are no longer configured stay, in case they come back. */
  webhookSecrets: z.record(z.string(), z.string().min(16)),
});

/** Secrets that Fettle made itself. */
export interface GeneratedSecrets {
  readonly adminToken: string;
  /** By forge name. */
  readonly webhookSecrets: Readonly<Record<string, string>>;
}

/**
 * Reads the generated secrets of a data directory and adds what is missing: an admin token, and a webhook secret for each
 * of the forges named. What exists never changes. The file is readable by its owner only and replaced as a whole, on stable
 * storage before this returns. A file that cannot be understood is refused (`data_dir_unusable`) and left alone, because
 * the forges still hold the secrets in it. The caller holds the lock of the data directory.
 */
export async function ensureGeneratedSecrets(
  dataDir: string,
  forgeNames: readonly string[],
): Promise<GeneratedSecrets> {
  const path = join(dataDir, SECRETS_FILE);
  const known = await readSecrets(path);
  const missing = forgeNames.filter((name) => !Object.hasOwn(known?.webhookSecrets ?? {}, name));
  if (known !== undefined && missing.length === 0) return known;
  const secrets = {
    version: 1,
    adminToken: known?.adminToken ?? `fettle_${createSecret()}`,
    webhookSecrets: { ...known?.webhookSecrets, ...Object.fromEntries(missing.map((name) => [name, createSecret()])) },
  } satisfies z.infer<typeof SecretsFile>;
  await writeDurably(path, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/**
 * The generated secrets of a data directory, for a command that must change nothing; undefined where no hub ran yet.
 * @throws FettleError `data_dir_unusable` when the file cannot be read or understood.
 */
export async function findGeneratedSecrets(dataDir: string): Promise<GeneratedSecrets | undefined> {
  return await readSecrets(join(dataDir, SECRETS_FILE));
}

/** Names of the forges that need a generated secret: they have none and are not unsigned. */
export function toForgesWithoutSecret({ config }: LoadedConfig): string[] {
  const forges = Object.values(config.forges).filter((forge) => forge.secrets.length === 0 && !forge.unsigned);
  return forges.map((forge) => forge.name);
}

/** The configuration with generated webhook secrets and the generated admin token where it has none of its own. */
export function fillGeneratedSecrets(loaded: LoadedConfig, generated: GeneratedSecrets): LoadedConfig {
  const { config } = loaded;
  const sources = new Map(loaded.sources);
  const forges = Object.fromEntries(Object.values(config.forges).map((forge) => [forge.name, forge]));
  for (const name of toForgesWithoutSecret(loaded)) {
    const forge = forges[name];
    const secret = Object.hasOwn(generated.webhookSecrets, name) ? generated.webhookSecrets[name] : undefined;
    if (forge === undefined || secret === undefined) continue;
    forges[name] = { ...forge, secrets: [secret] };
    sources.set(`forges.${name}.secret`, { from: 'generated' });
  }
  if (config.adminToken === null) sources.set('adminToken', { from: 'generated' });
  const filled = { ...config, adminToken: config.adminToken ?? generated.adminToken, forges };
  return { ...loaded, config: freezeTree(filled), sources };
}

function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function readSecrets(path: string): Promise<z.infer<typeof SecretsFile> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    await chmod(path, 0o600);
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return undefined;
    throw unusable(path, `cannot be read (${toSystemCode(error)}); check its permissions`);
  }
  const parsed = SecretsFile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw unusable(
    path,
    'is damaged or written by a newer Fettle; restore it from a backup, or move it away to have new secrets generated, which the forges must then be given',
  );
}

function unusable(path: string, reason: string): FettleError {
  return new FettleError('data_dir_unusable', `The file of generated secrets, ${path}, ${reason}.`);
}

/** Undefined for text that is not JSON. The parser's own error is dropped because it quotes the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(draft, { force: true });
    throw unusable(path, `cannot be written (${toSystemCode(error)}); check the permissions and the free space`);
  }
}
