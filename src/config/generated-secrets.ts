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

const Secret = z.string().min(16);

/** Version 2 came with rotations, and is only written while there is one, so that older versions can read the file otherwise. */
const SecretsFile = z.discriminatedUnion('version', [
  z.strictObject({
    version: z.literal(1),
    adminToken: Secret,
    /** By forge name. Those of forges that are no longer configured stay, in case they come back. */
    webhookSecrets: z.record(z.string(), Secret),
  }),
  z.strictObject({
    version: z.literal(2),
    adminToken: Secret,
    /** The newest first. */
    webhookSecrets: z.record(z.string(), z.array(Secret).min(1)),
    dropOldAt: z.record(z.string(), z.iso.datetime()),
  }),
]);

/** Secrets that Fettle made itself. */
export interface GeneratedSecrets {
  readonly adminToken: string;
  /** By forge name, the newest first; several during a rotation, when deliveries signed with any of them are accepted. */
  readonly webhookSecrets: Readonly<Record<string, readonly string[]>>;
  /** When all but the newest secret of a forge may go, ISO 8601; known once all its webhooks carry the newest. */
  readonly dropOldAt: Readonly<Record<string, string>>;
}

/** How many secrets of a forge may be accepted at once. */
const MAX_SECRETS = 4;

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
  return await changeSecrets(dataDir, (known) => {
    const missing = forgeNames.filter((name) => !Object.hasOwn(known?.webhookSecrets ?? {}, name));
    if (known !== undefined && missing.length === 0) return known;
    return {
      adminToken: known?.adminToken ?? `fettle_${createSecret()}`,
      webhookSecrets: {
        ...known?.webhookSecrets,
        ...Object.fromEntries(missing.map((name) => [name, [createSecret()]])),
      },
      dropOldAt: known?.dropOldAt ?? {},
    };
  });
}

/**
 * Puts a new webhook secret of a forge before its others, on stable storage before this returns. The oldest goes when there would be
 * more than four.
 */
export async function addGeneratedSecret(dataDir: string, forge: string): Promise<GeneratedSecrets> {
  return await changeForge(dataDir, forge, (secrets) => ({
    secrets: [createSecret(), ...secrets].slice(0, MAX_SECRETS),
    dropOldAt: undefined,
  }));
}

/** Notes when the older webhook secrets of a forge may go. */
export async function keepOldSecretsUntil(dataDir: string, forge: string, at: string): Promise<GeneratedSecrets> {
  return await changeForge(dataDir, forge, (secrets) => ({ secrets, dropOldAt: at }));
}

/** Forgets all webhook secrets of a forge but the newest. */
export async function dropOldSecrets(dataDir: string, forge: string): Promise<GeneratedSecrets> {
  return await changeForge(dataDir, forge, (secrets) => ({ secrets: secrets.slice(0, 1), dropOldAt: undefined }));
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
    const secrets = Object.hasOwn(generated.webhookSecrets, name) ? generated.webhookSecrets[name] : undefined;
    if (forge === undefined || secrets === undefined) continue;
    forges[name] = { ...forge, secrets };
    sources.set(`forges.${name}.secret`, { from: 'generated' });
  }
  if (config.adminToken === null) sources.set('adminToken', { from: 'generated' });
  const filled = { ...config, adminToken: config.adminToken ?? generated.adminToken, forges };
  return { ...loaded, config: freezeTree(filled), sources };
}

function createSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The last change of each file; changes of one file take turns, for each reads it and writes it whole. */
const turns = new Map<string, Promise<unknown>>();

async function changeSecrets(
  dataDir: string,
  change: (known: GeneratedSecrets | undefined) => GeneratedSecrets,
): Promise<GeneratedSecrets> {
  const path = join(dataDir, SECRETS_FILE);
  const turn = (turns.get(path) ?? Promise.resolve()).then(async () => {
    const known = await readSecrets(path);
    const secrets = change(known);
    if (secrets !== known) await writeDurably(path, `${JSON.stringify(toFile(secrets), null, 2)}\n`);
    return secrets;
  });
  turns.set(
    path,
    turn.catch(() => undefined),
  );
  return await turn;
}

interface ForgeSecrets {
  readonly secrets: readonly string[];
  readonly dropOldAt: string | undefined;
}

async function changeForge(
  dataDir: string,
  forge: string,
  change: (secrets: readonly string[]) => ForgeSecrets,
): Promise<GeneratedSecrets> {
  return await changeSecrets(dataDir, (known) => {
    const before = known !== undefined && Object.hasOwn(known.webhookSecrets, forge) && known.webhookSecrets[forge];
    if (!before) {
      throw new FettleError('no_secret', `There is no generated secret of the forge ${forge} in ${dataDir}.`);
    }
    const { secrets, dropOldAt } = change(before);
    const { [forge]: _old, ...others } = known.dropOldAt;
    return {
      ...known,
      webhookSecrets: { ...known.webhookSecrets, [forge]: secrets },
      dropOldAt: dropOldAt === undefined ? others : { ...others, [forge]: dropOldAt },
    };
  });
}

function toFile({ adminToken, webhookSecrets, dropOldAt }: GeneratedSecrets): object {
  const isSettled = Object.values(webhookSecrets).every(({ length }) => length === 1);
  if (!isSettled) return { version: 2, adminToken, webhookSecrets, dropOldAt };
  const firsts = Object.entries(webhookSecrets).map(([forge, [first]]) => [forge, first]);
  return { version: 1, adminToken, webhookSecrets: Object.fromEntries(firsts) };
}

async function readSecrets(path: string): Promise<GeneratedSecrets | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
    await chmod(path, 0o600);
  } catch (error) {
    if (toSystemCode(error) === 'ENOENT') return undefined;
    throw unusable(path, `cannot be read (${toSystemCode(error)}); check its permissions`);
  }
  const parsed = SecretsFile.safeParse(parseJson(text));
  if (parsed.success) return toSecrets(parsed.data);
  throw unusable(
    path,
    'is damaged or written by a newer Fettle; restore it from a backup, or move it away to have new secrets generated, which the forges must then be given',
  );
}

function toSecrets(file: z.infer<typeof SecretsFile>): GeneratedSecrets {
  const { adminToken } = file;
  if (file.version === 2) return { adminToken, webhookSecrets: file.webhookSecrets, dropOldAt: file.dropOldAt };
  const lists = Object.entries(file.webhookSecrets).map(([forge, secret]) => [forge, [secret]]);
  return { adminToken, webhookSecrets: Object.fromEntries(lists), dropOldAt: {} };
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
