import { dirname, resolve } from 'node:path';
import type { AgentProfile, Config, ForgeConfig, RecipeConfig, RuleConfig } from './config.ts';
import type { ConfigParts } from './file-schema.ts';
import type { OptionPath, OptionValue } from './options.ts';
import { TRIGGER_ACTION, TRIGGER_SHORTHAND } from './rule-language.ts';
import { listActionCalls } from './written-actions.ts';
import { freezeTree, getAt, isMapValue } from './tree.ts';

/** Where relative paths count from. */
export interface PathBases {
  readonly cwd: string;
  /** The configuration file, when `dataDir` is set in it. */
  readonly dataDirFile: string | null;
}

/** The configuration that a tree stands for which the schema has accepted and filled with defaults. Frozen. */
export function toConfig(tree: Record<string, unknown>, bases: PathBases): Config {
  const read = <P extends OptionPath>(path: P) => getAt(tree, path.split('.')) as OptionValue<P>;
  const parts = tree as ConfigParts;
  const base = bases.dataDirFile === null ? bases.cwd : dirname(resolve(bases.cwd, bases.dataDirFile));
  const dataDir = resolve(base, read('dataDir'));
  const inDataDir = (path: string | null) => (path === null ? null : resolve(dataDir, path));
  return freezeTree<Config>({
    version: parts.version,
    publicUrl: read('publicUrl'),
    dataDir,
    adminToken: read('adminToken'),
    http: {
      host: read('http.host'),
      port: read('http.port'),
      trustedProxies: read('http.trustedProxies'),
      corsOrigins: read('http.corsOrigins'),
      bodyTimeoutMs: read('http.bodyTimeout'),
    },
    log: {
      level: read('log.level'),
      file: inDataDir(read('log.file')),
      maxSizeBytes: read('log.maxSize'),
      keepFiles: read('log.keepFiles'),
    },
    database: { url: read('database.url'), maxConnections: read('database.maxConnections') },
    ingest: {
      maxBodyBytes: read('ingest.maxBody'),
      ack: read('ingest.ack'),
      inboxLimitBytes: read('ingest.inboxLimit'),
      diskReserveBytes: read('ingest.diskReserve'),
      bytesInFlight: read('ingest.bytesInFlight'),
      unverifiedPerMinute: read('ingest.unverifiedPerMinute'),
    },
    dedupe: { meaningWindowMs: read('dedupe.meaningWindow') },
    retentionMs: read('retention'),
    stream: {
      reconnectMs: read('stream.reconnect'),
      heartbeatMs: read('stream.heartbeat'),
      maxClients: read('stream.maxClients'),
      clientBufferBytes: read('stream.clientBuffer'),
    },
    activity: {
      file: inDataDir(read('activity.file')),
      maxSizeBytes: read('activity.maxSize'),
      keepDays: read('activity.keepDays'),
    },
    network: { allowPrivate: read('network.allowPrivate') },
    matrix: { homeserver: read('matrix.homeserver'), token: read('matrix.token') },
    smtp: {
      host: read('smtp.host'),
      port: read('smtp.port'),
      security: read('smtp.security'),
      user: read('smtp.user'),
      password: read('smtp.password'),
      from: read('smtp.from'),
    },
    exec: { enabled: read('exec.enabled'), programs: read('exec.programs'), user: read('exec.user') },
    runs: { concurrency: read('runs.concurrency'), retryForMs: read('runs.retryFor') },
    loops: { maxPerMinute: read('loops.maxPerMinute') },
    hooks: { checkEveryMs: read('hooks.checkEvery'), repair: read('hooks.repair') },
    tasks: {
      leaseMs: read('tasks.lease'),
      maxAttempts: read('tasks.maxAttempts'),
      patienceMs: read('tasks.patience'),
      comments: read('tasks.comments'),
      labels: read('tasks.labels'),
      estimator: { url: read('tasks.estimator.url'), token: read('tasks.estimator.token') },
    },
    agents: Object.fromEntries(Object.entries(parts.agents).map(([name, entry]) => [name, toAgent(entry)])),
    forges: Object.fromEntries(Object.entries(parts.forges).map(([name, entry]) => [name, toForge(name, entry)])),
    vars: parts.vars,
    recipes: parts.recipes.map(toRecipe),
    rules: parts.rules.map(toRule),
    repositoryRules: parts.repositoryRules.map((entry) => ({
      ...entry,
      actions: entry.actions.map((name) => (name === TRIGGER_SHORTHAND ? TRIGGER_ACTION : name)),
    })),
  });
}

function toAgent({ about, contextLimit, budgetPerDay, ...entry }: ConfigParts['agents'][string]): AgentProfile {
  return { ...entry, about: about ?? null, contextLimit: contextLimit ?? null, budgetPerDay: budgetPerDay ?? null };
}

function toForge(name: string, entry: ConfigParts['forges'][string]): ForgeConfig {
  return {
    name,
    kind: entry.kind,
    url: entry.url ?? null,
    token: entry.token ?? null,
    secrets: [...new Set(entry.secret)],
    unsigned: entry.unsigned,
    insecure: entry.insecure,
    accounts: entry.accounts,
  };
}

function toRecipe(entry: ConfigParts['recipes'][number]): RecipeConfig {
  if (typeof entry === 'string') return { name: entry, parameters: {} };
  const [name = '', parameters = {}] = Object.entries(entry)[0] ?? [];
  return { name, parameters };
}

/** A rule as the rest of the program sees it. `entry` is what the schema made of it. */
export function toRule(entry: ConfigParts['rules'][number]): RuleConfig {
  return {
    name: entry.name,
    enabled: entry.enabled,
    priority: entry.priority,
    on: entry.on ?? [],
    schedule: entry.schedule ?? null,
    timezone: entry.timezone ?? null,
    forges: entry.forges,
    repos: entry.repos,
    branches: entry.branches,
    paths: entry.paths,
    actors: [...entry.actors, ...entry.notActors.map((glob) => `!${glob}`)],
    if: entry.if ?? null,
    permission: entry.permission ?? null,
    do: listActionCalls(entry.do, []).map(({ action, input }) => ({ action, input: isMapValue(input) ? input : {} })),
    mode: entry.mode,
    retry: { forMs: entry.retry.for ?? null, attempts: entry.retry.attempts ?? null },
    timeoutMs: entry.timeout ?? null,
    onUnknown: entry.onUnknown,
  };
}
