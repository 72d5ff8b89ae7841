import type { FastifyInstance } from 'fastify';
import type { ForgeConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Hooks } from '../hooks/hooks.ts';
import type { RuleSet, UnsequencedEvent } from '../rules/rule-set.ts';
import type { LiveInbox } from '../store/books.ts';
import type { GetDatabase } from '../store/store.ts';
import type { TaskDesk } from '../tasks/desk-contract.ts';
import { registerActionRoutes } from './routes/actions.ts';
import { type AgentTable, registerAgentRoutes } from './routes/agents.ts';
import { registerBooksRoute } from './routes/books.ts';
import { registerBreakerRoutes } from './routes/breakers.ts';
import { registerDeliveryRoutes } from './routes/deliveries.ts';
import { registerEventDetailsRoute } from './routes/event-details.ts';
import { registerExplainRoute } from './routes/explain.ts';
import { registerForgeRoutes } from './routes/forges.ts';
import { type HealthSources, registerHealthRoutes } from './routes/health.ts';
import { registerHookRoutes } from './routes/hooks.ts';
import { registerLedgerRoutes } from './routes/ledger.ts';
import { type MetricsText, registerMetricsRoute } from './routes/metrics.ts';
import { registerReplayRoute } from './routes/replay.ts';
import { registerRuleTestRoute } from './routes/rule-test.ts';
import { registerRunBulkRoutes } from './routes/run-bulk.ts';
import { registerRunRoutes } from './routes/runs.ts';
import { registerRulePauseRoutes } from './routes/rule-pauses.ts';
import { registerSignInRoutes } from './routes/sign-in.ts';
import { registerTaskVerbRoutes } from './routes/task-verbs.ts';
import { registerTaskWorkRoutes } from './routes/task-work.ts';
import { registerTaskRoutes } from './routes/tasks.ts';
import { registerTokenRoutes } from './routes/tokens.ts';
import { registerWebhookHealthRoute } from './routes/webhook-health.ts';

/** What the routes of the API need from the rest of the hub. */
export interface ApiPorts {
  readonly getDb: GetDatabase;
  readonly clock: Clock;
  /** Live, because the option is. */
  readonly publicUrl: () => string | null;
  readonly forges: () => readonly ForgeConfig[];
  /** The inboxes of this process. */
  readonly liveInboxes: () => readonly LiveInbox[];
  readonly health: HealthSources;
  readonly metrics: MetricsText;
  /** Ends what a revoked token holds open in this process. */
  readonly onTokenRevoked: (tokenId: string) => void;
  /** Tells the workers of this process that runs became due; without it they notice within a second. */
  readonly onRunsDue?: (() => void) | undefined;
  /** The rules in force; without them nothing is explained or replayed. */
  readonly rules?: (() => RuleSet) | undefined;
  /** Reads the rules that an event's repository brings along; without it only the hub's own are known. */
  readonly ensureRepositoryRules?: ((event: UnsequencedEvent) => Promise<void>) | undefined;
  /** Tells the stream of this process that events were added. */
  readonly onEventsAdded?: (() => void) | undefined;
  /** Webhooks on forges; without it nothing is installed. */
  readonly hooks?: Hooks | undefined;
  /** Tells the drain of this process that a paused rule goes on. */
  readonly onRuleResumed?: (() => Promise<void>) | undefined;
  /** What agents and people do with tasks. */
  readonly tasks: TaskDesk;
  readonly agents: AgentTable;
}

/** Adds health, metrics, access and the read API. Webhooks, the stream and the web page are added beside it. */
export function registerApi(app: FastifyInstance, ports: ApiPorts): void {
  registerHealthRoutes(app, ports.health, ports.clock);
  registerWebhookHealthRoute(app, ports.getDb);
  registerMetricsRoute(app, ports.metrics);
  registerSignInRoutes(app, ports);
  registerTokenRoutes(app, ports);
  registerDeliveryRoutes(app, ports.getDb);
  registerEventDetailsRoute(app, ports.getDb);
  registerBooksRoute(app, ports);
  registerForgeRoutes(app, ports);
  registerRunRoutes(app, ports);
  registerRunBulkRoutes(app, ports);
  registerBreakerRoutes(app, ports);
  registerActionRoutes(app);
  registerLedgerRoutes(app, ports.getDb);
  registerRulePauseRoutes(app, ports);
  registerTaskRoutes(app, ports);
  registerTaskWorkRoutes(app, ports);
  registerTaskVerbRoutes(app, ports);
  registerAgentRoutes(app, ports);
  const { rules, ensureRepositoryRules = async () => undefined } = ports;
  if (rules !== undefined) {
    registerExplainRoute(app, { ...ports, rules, ensureRepositoryRules });
    registerReplayRoute(app, { ...ports, rules, ensureRepositoryRules });
    registerRuleTestRoute(app, { ...ports, rules });
  }
  if (ports.hooks !== undefined) registerHookRoutes(app, { getDb: ports.getDb, hooks: ports.hooks });
}
