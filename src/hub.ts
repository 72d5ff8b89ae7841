import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DestinationStream, Logger } from 'pino';
import { ensureGeneratedSecrets, fillGeneratedSecrets, toForgesWithoutSecret } from './config/generated-secrets.ts';
import { type LoadConfigOptions, type LoadedConfig, loadConfig, toConfigFile } from './config/load-config.ts';
import { toProblemLine } from './config/problem.ts';
import { type ConfigWatch, watchConfig } from './config/watch-config.ts';
import { systemClock } from './core/clock.ts';
import { toHops } from './core/marker.ts';
import { createAuthenticator } from './http/access/authenticator.ts';
import { createSignInLink, type SignInLink } from './http/access/sign-in-link.ts';
import { registerApi } from './http/api.ts';
import { createDatabaseAccess } from './http/database-access.ts';
import { registerActivityRoutes } from './http/routes/activity.ts';
import { registerEventRoutes } from './http/routes/events.ts';
import { registerMcpRoute } from './http/routes/mcp.ts';
import { registerWebhookRoutes } from './http/routes/webhook.ts';
import { createServer } from './http/server.ts';
import { registerWebPage } from './http/web-page.ts';
import { createDrain, type Drain } from './ingest/drain/drain.ts';
import { createForgeLookups } from './ingest/drain/forge-lookups.ts';
import { createRepositoryRuleReader, type RepositoryRuleReader } from './ingest/drain/repository-rules.ts';
import { openInbox } from './ingest/inbox/inbox.ts';
import { createSpace } from './ingest/inbox/space.ts';
import { createReceiver } from './ingest/receive.ts';
import { createLog, type Log } from './logging/create-log.ts';
import { createActivity } from './hub/activity.ts';
import { createAnnouncements } from './hub/announcements.ts';
import { createBooksKeeper } from './hub/books-keeper.ts';
import { toConfigHealth } from './hub/config-health.ts';
import { createDrainObserver } from './hub/drain-observer.ts';
import { toListenUrl } from './hub/listen-url.ts';
import { createPauseKeeper } from './hub/pause-keeper.ts';
import { readRunBacklog } from './hub/run-backlog.ts';
import { createRunGlance } from './hub/run-glance.ts';
import { keepRetention, migrateWhenReachable } from './hub/store-upkeep.ts';
import { readTaskBacklog } from './hub/task-backlog.ts';
import { createTaskWorkers } from './hub/task-workers.ts';
import { createWebhookPorts } from './hub/webhook-ports.ts';
import { createWorkers, type Workers } from './hub/workers.ts';
import type { HookPorts } from './hooks/contract.ts';
import { createGeneratedHookSecrets } from './hooks/generated-hook-secrets.ts';
import { createHooks } from './hooks/hooks.ts';
import { createMetrics } from './metrics/metrics.ts';
import { createOutgoingHttp } from './network/outgoing-http.ts';
import { ACTIONS } from './actions/registry.ts';
import { createRuleLanguage } from './rules/language.ts';
import { createRuleSet } from './rules/rule-set.ts';
import { type DataDirLock, lockDataDir } from './store/data-dir-lock.ts';
import { openStore } from './store/open-store.ts';
import type { GetDatabase, Store } from './store/store.ts';
import { createEventStream } from './stream/event-stream.ts';
import { VERSION } from './version.ts';

/**
 * The composition root: the only place that builds, starts and stops the parts of a hub.
 *
 *   start   config ▸ log ▸ lock ▸ secrets ▸ inbox ▸ HTTP, accepting ▸ store and migrations ▸ drain, runs, tasks, stream, activity file
 *   stop    stream clients ▸ HTTP, waiting claims ▸ drain ▸ runs, tasks ▸ activity file ▸ store ▸ inbox ▸ lock ▸ log
 *
 * Deliveries are accepted as soon as the inbox is open: a database that is slow or away costs latency, never events.
 */
export interface Hub {
  /** Where it listens, with the port it was given. */
  readonly url: string;
  readonly loaded: () => LoadedConfig;
  readonly log: Logger;
  /** Resolves when the store is open and the drain runs; rejects when the store can never be used. */
  readonly ready: Promise<void>;
  /** The open database. @throws FettleError `store_unavailable` before `ready`. */
  readonly database: GetDatabase;
  /** Makes a link that signs one browser in; call after `ready`. */
  createSignInLink(): Promise<SignInLink>;
  /** Reads the configuration anew, as for SIGHUP. */
  reload(): Promise<void>;
  /** Stops accepting, drains what was accepted, and lets go of everything. */
  stop(): Promise<void>;
  /** Writes out the log and closes it; only for a process that is about to end without `stop`. */
  closeLog(): Promise<void>;
}

export interface HubOptions extends Omit<LoadConfigOptions, 'language'> {
  /** Where log lines go, one JSON text each, instead of the standard output. */
  readonly logDestination?: DestinationStream | undefined;
}

/** How long a stopping hub goes on draining what it accepted; the rest stays in the inbox for the next start. */
const DRAIN_ON_STOP_MS = 10_000;
/** How long a stopping hub lets runs go on; the rest is handed back. */
const RUNS_ON_STOP_MS = 8_000;
/** How long a stopping hub waits for requests that are under way. */
const CLOSE_ON_STOP_MS = 5_000;
const WAITING_ROUTES = new Set(['/events', '/events/ws', '/mcp', '/api/v1/tasks/claim']);
const WEB_FOLDER = join(import.meta.dirname, '..', 'web', 'dist');

export async function startHub(options: HubOptions): Promise<Hub> {
  const load = () => loadConfig({ ...options, language: createRuleLanguage(ACTIONS) });
  const first = await load();
  const logging = await createLog({ ...first.config.log, destination: options.logDestination });
  try {
    const lock = await lockDataDir(first.config.dataDir);
    try {
      return await assembleHub(options, { first, load, logging, lock });
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    await logging.close();
    throw error;
  }
}

interface Ground {
  readonly first: LoadedConfig;
  readonly load: () => Promise<LoadedConfig>;
  readonly logging: Log;
  readonly lock: DataDirLock;
}

async function assembleHub(options: HubOptions, { first, load, logging, lock }: Ground): Promise<Hub> {
  const { log, setLevel, close: closeLog } = logging;
  const { dataDir } = first.config;
  const fill = async (loaded: LoadedConfig) =>
    fillGeneratedSecrets(loaded, await ensureGeneratedSecrets(dataDir, toForgesWithoutSecret(loaded)));
  let live = toLive(await fill(first));
  const config = () => live.config;

  const space = await createSpace(dataDir, {
    limitBytes: live.config.ingest.inboxLimitBytes,
    reserveBytes: () => config().ingest.diskReserveBytes,
  });
  const inbox = await openInbox(dataDir, space);
  const outgoing = createOutgoingHttp({ allowPrivate: live.config.network.allowPrivate, log });
  const lookups = createForgeLookups({ forges: () => config().forges, http: outgoing, log, clock: systemClock });

  const repositoryRules = createRepositoryRuleReader({
    config,
    findFile: lookups.findFile,
    catalog: ACTIONS,
    clock: systemClock,
    log,
  });
  live = toLive(live.loaded, repositoryRules);

  let store: Store | undefined;
  let drain: Drain | undefined;
  let watch: ConfigWatch | undefined;
  let upkeep: Promise<unknown> | undefined;
  let workers: Workers | undefined;
  const getDb = createDatabaseAccess(() => (drain === undefined ? undefined : store));
  const liveInboxes = () => [{ id: inbox.id, answeredThrough: inbox.lastNumber() }];

  const books = createBooksKeeper({ db: getDb, liveInboxes, log });
  const runGlance = createRunGlance({ db: getDb, log });
  const pauses = createPauseKeeper({ db: getDb, maxPerMinute: () => config().loops.maxPerMinute, log });
  const stream = createEventStream({
    db: getDb,
    settings: () => config().stream,
    publicUrl: () => config().publicUrl,
    onError: (error) => log.warn({ err: error }, 'stream.waiting'),
  });
  const metrics = createMetrics({
    forgeNames: () => Object.keys(config().forges),
    inbox: () => inbox.size(),
    streamClients: () => stream.clientCount(),
    books: async () => (store?.isReachable() === true ? books.read() : undefined),
    runs: async () => (store?.isReachable() === true ? readRunBacklog(store, systemClock()) : undefined),
    tasks: async () => (store?.isReachable() === true ? readTaskBacklog(store, systemClock()) : undefined),
    agentNames: () => Object.keys(config().agents),
  });

  const started = Promise.withResolvers<Drain>();
  const receive = createReceiver({
    inbox,
    clock: systemClock,
    ack: () => config().ingest.ack,
    whenDrained: async (number) => (await started.promise).whenDrained(number),
  });
  const authenticator = createAuthenticator({ getDb, adminToken: () => config().adminToken, clock: systemClock, log });
  const { app } = await createServer({
    config: live.config,
    publicUrl: () => config().publicUrl,
    version: VERSION,
    log,
    authenticator,
    onRequestFinished: (request) => {
      // A stream, or a wait for work, lasts as long as its client likes, which says nothing of how long requests take.
      if (!WAITING_ROUTES.has(request.route)) metrics.requestFinished(request);
    },
    onAuthenticationFailure: (reason) => metrics.authenticationFailed(reason),
  });
  await registerWebhookRoutes(app, createWebhookPorts({ first: live.config, config, receive, metrics }));
  const hookPorts: HookPorts = {
    db: getDb,
    forges: () => config().forges,
    publicUrl: () => config().publicUrl,
    http: outgoing,
    secrets: createGeneratedHookSecrets({
      dataDir,
      loaded: () => live.loaded,
      reload: async () => void (await watch?.reload()),
    }),
    clock: systemClock,
    log,
  };
  const onEvents = () => {
    stream.wake();
    tasks.wake();
  };
  const wakeAll = () => {
    onEvents();
    workers?.wake();
  };
  const announce = createAnnouncements({
    ruleSet: () => live.ruleSet,
    loopGuard: pauses.loopGuard,
    onCommitted: wakeAll,
    observer: metrics.tasks,
    log,
  });
  const tasks = createTaskWorkers({ db: getDb, config, http: outgoing, announce, log });
  registerEventRoutes(app, { stream });
  const mcp = registerMcpRoute(app, { getDb, stream, tasks: tasks.desk, agents: tasks.agents, version: VERSION });
  registerActivityRoutes(app, { db: getDb });
  registerApi(app, {
    getDb,
    clock: systemClock,
    publicUrl: () => config().publicUrl,
    forges: () => Object.values(config().forges),
    liveInboxes,
    metrics,
    hooks: createHooks(hookPorts),
    rules: () => live.ruleSet,
    ensureRepositoryRules: repositoryRules.ensure,
    onRunsDue: () => workers?.wake(),
    onEventsAdded: onEvents,
    onRuleResumed: pauses.refresh,
    onTokenRevoked: (tokenId) => {
      stream.cutWhere((principal) => principal?.tokenId === tokenId);
      mcp.cutWhere((principal) => principal.tokenId === tokenId);
    },
    tasks: tasks.desk,
    agents: tasks.agents,
    health: {
      version: VERSION,
      streamClients: () => stream.clientCount(),
      store: () => ({
        kind: live.config.database.url === null ? 'embedded' : 'postgres',
        reachable: drain !== undefined && store?.isReachable() === true,
      }),
      inbox: () => ({ ...inbox.size(), oldestReceivedAtMs: inbox.oldestReceivedAtMs() ?? null, ...inbox.acceptance() }),
      config: () => toConfigHealth(watch),
      books: books.state,
      runs: runGlance.current,
      forges: () => Object.values(config().forges),
    },
  });
  await registerWebPage(app, WEB_FOLDER);
  try {
    await app.listen({ host: live.config.http.host, port: live.config.http.port, listenTextResolver: () => '' });
  } catch (error) {
    await inbox.close();
    throw error;
  }
  const url = toListenUrl(app.server.address(), live.config.http.host);

  const activity = createActivity(live.config, { getDb, stream, log });
  const stopping = new AbortController();
  const openAll = async () => {
    store = await openStore({
      dataDir,
      databaseUrl: live.config.database.url,
      maxConnections: live.config.database.maxConnections,
      log,
    });
    await migrateWhenReachable(store, log, stopping.signal);
    if (stopping.signal.aborted) return;
    workers = createWorkers({
      store,
      holder: inbox.id,
      loaded: () => live.loaded,
      ruleSet: () => live.ruleSet,
      http: outgoing,
      hooks: hookPorts,
      metrics,
      log,
      announce,
      ...options,
    });
    store.onCommit(wakeAll);
    drain = createDrain({
      store,
      inbox,
      host: hostname(),
      lookups,
      clock: systemClock,
      log,
      settings: () => ({
        ruleSet: live.ruleSet,
        accountsOf: lookups.accountsOf,
        loopGuard: pauses.loopGuard,
        ensureRepositoryRules: repositoryRules.ensure,
        meaningWindowMs: config().dedupe.meaningWindowMs,
        retentionMs: config().retentionMs,
      }),
      observer: createDrainObserver(metrics, { onEvents, onRuns: () => workers?.wake() }),
    });
    drain.start();
    workers.start();
    tasks.start();
    stream.start();
    activity?.start();
    started.resolve(drain);
    upkeep = Promise.all([
      keepRetention(store, config, log, stopping.signal),
      ...[pauses, books, runGlance].map((keeper) => keeper.keep(stopping.signal)),
    ]);
  };
  const ready = openAll();
  ready.catch((error: unknown) => log.fatal({ err: error }, 'hub.store_unusable'));

  watch = await watchConfig({
    file: toConfigFile(options).file,
    loaded: live.loaded,
    load: async () => fill(await load()),
    onChange: (loaded, changes) => {
      repositoryRules.forget();
      live = toLive(loaded, repositoryRules);
      setLevel(loaded.config.log.level);
      outgoing.setAllowPrivate(loaded.config.network.allowPrivate);
      lookups.forget();
      if (changes.changed.includes('agents')) tasks.onAgentsChanged();
      log.info({ ...changes }, 'config.changed');
    },
    onRefused: (problems) => log.error({ problems: problems.map(toProblemLine) }, 'config.refused'),
  });

  const stop = async () => {
    stopping.abort();
    await watch?.close();
    await stream.closeAll();
    const impatience = setTimeout(() => app.server.closeAllConnections(), CLOSE_ON_STOP_MS);
    await app.close();
    clearTimeout(impatience);
    await ready.catch(() => undefined);
    if (drain !== undefined && store?.isReachable() === true) {
      await Promise.race([drain.whenDrained(inbox.lastNumber()), delay(DRAIN_ON_STOP_MS, undefined, { ref: false })]);
    }
    await drain?.stop();
    await Promise.all([tasks.stop(), workers?.stop(RUNS_ON_STOP_MS)]);
    await activity?.stop();
    await upkeep;
    await store?.close();
    await outgoing.close();
    await inbox.close();
    lock.release();
    await closeLog();
  };
  let stopped: Promise<void> | undefined;

  log.info(
    { url, version: VERSION, dataDir, store: live.config.database.url === null ? 'embedded' : 'postgres' },
    'hub.listening',
  );
  return {
    url,
    loaded: () => live.loaded,
    log,
    ready,
    database: getDb,
    createSignInLink: () =>
      createSignInLink(getDb(), { role: 'admin', baseUrl: config().publicUrl ?? url, clock: systemClock }),
    async reload() {
      await watch?.reload();
    },
    stop: () => (stopped ??= stop()),
    closeLog,
  };
}

/** What follows from a configuration; made before it is put in force, so that a broken one changes nothing. */
function toLive(loaded: LoadedConfig, repositoryRules?: RepositoryRuleReader) {
  const options = {
    hopsOf: toHops,
    ...(repositoryRules === undefined ? {} : { repositoryRules: repositoryRules.list }),
  };
  return { loaded, config: loaded.config, ruleSet: createRuleSet(loaded.config, ACTIONS, options) };
}
