import type { ForgeKind, TaskState } from '../core/vocabulary.ts';

/** The configuration as the rest of the program sees it: read once, complete, frozen. Times are milliseconds, sizes bytes. */
export interface Config {
  readonly version: 1;
  readonly publicUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  readonly adminToken: string | null;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly trustedProxies: readonly string[];
    readonly corsOrigins: readonly string[];
    readonly bodyTimeoutMs: number;
  };
  readonly log: {
    readonly level: string;
    readonly file: string | null;
    readonly maxSizeBytes: number;
    readonly keepFiles: number;
  };
  readonly database: { readonly url: string | null; readonly maxConnections: number };
  readonly ingest: {
    readonly maxBodyBytes: number;
    readonly ack: 'inbox' | 'database';
    readonly inboxLimitBytes: number | null;
    readonly diskReserveBytes: number;
    readonly bytesInFlight: number;
    readonly unverifiedPerMinute: number;
  };
  readonly dedupe: { readonly meaningWindowMs: number };
  readonly retentionMs: number;
  readonly stream: {
    readonly reconnectMs: number;
    readonly heartbeatMs: number;
    readonly maxClients: number;
    readonly clientBufferBytes: number;
  };
  readonly activity: { readonly file: string | null; readonly maxSizeBytes: number; readonly keepDays: number };
  readonly network: { readonly allowPrivate: readonly string[] };
  readonly matrix: { readonly homeserver: string | null; readonly token: string | null };
  readonly smtp: {
    readonly host: string | null;
    readonly port: number;
    readonly security: 'tls' | 'starttls' | 'none';
    readonly user: string | null;
    readonly password: string | null;
    readonly from: string | null;
  };
  readonly exec: { readonly enabled: boolean; readonly programs: readonly string[]; readonly user: string | null };
  readonly runs: { readonly concurrency: number; readonly retryForMs: number };
  readonly loops: { readonly maxPerMinute: number };
  readonly hooks: { readonly checkEveryMs: number; readonly repair: boolean };
  readonly tasks: {
    /** How long a lease lasts without a heartbeat. */
    readonly leaseMs: number;
    readonly maxAttempts: number;
    /** How long a task is kept for the agent that was selected for it. */
    readonly patienceMs: number;
    /** How many of the last comments an agent is given. */
    readonly comments: number;
    /** Labels that show the state on the forge; a state without one shows none. */
    readonly labels: Readonly<Partial<Record<TaskState, string>>>;
    /** Asked for what the text of an issue does not say; null without one. */
    readonly estimator: { readonly url: string | null; readonly token: string | null };
  };
  /** Agents that may claim tasks, by name; empty: any agent may claim any task. */
  readonly agents: Readonly<Record<string, AgentProfile>>;
  /** By name. */
  readonly forges: Readonly<Record<string, ForgeConfig>>;
  /** Texts for templates and conditions, by name. */
  readonly vars: Readonly<Record<string, string>>;
  readonly recipes: readonly RecipeConfig[];
  readonly rules: readonly RuleConfig[];
  /** Empty: the rules that repositories bring along are not read. */
  readonly repositoryRules: readonly RepositoryRulesConfig[];
}

/** One configured forge. */
export interface ForgeConfig {
  readonly name: string;
  readonly kind: ForgeKind;
  /** Base URL, without a slash at the end; null where the kind has a public one (github.com, gitlab.com, bitbucket.org). */
  readonly url: string | null;
  readonly token: string | null;
  /** Active webhook secrets; several during a rotation. Generated when the configuration names none and `unsigned` is not set. */
  readonly secrets: readonly string[];
  /** The forge cannot sign; its deliveries are accepted unsigned. */
  readonly unsigned: boolean;
  /** Accept a bare secret over plain HTTP. */
  readonly insecure: boolean;
  /** Logins of the hub's own accounts there, besides the token's; what they do never triggers anything. */
  readonly accounts: readonly string[];
}

/** What is known of an agent, so that work is given to the cheapest that can do it. */
export interface AgentProfile {
  /** One sentence for people. */
  readonly about: string | null;
  /** Largest context, in tokens; a task may take half of it. Null stands for unlimited. */
  readonly contextLimit: number | null;
  /** Price of a million tokens; 0 for one that is hosted by oneself. */
  readonly cost: number;
  /** `low`, `medium`, `high`: the difficulties it is up to; other words are skills that a task may ask for. */
  readonly capabilities: readonly string[];
  /** Globs; a task needs a label that matches. Empty means all, here and below. */
  readonly labels: readonly string[];
  /** Globs over full repository names. */
  readonly repos: readonly string[];
  /** Most tasks at a time. */
  readonly concurrency: number;
  /** Most that the tasks it claims in a day (UTC) may cost by their estimates; null stands for unlimited. */
  readonly budgetPerDay: number | null;
}

/** A recipe that is switched on: its name and parameters. */
export interface RecipeConfig {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One rule: which events (or times) cause which actions. */
export interface RuleConfig {
  readonly name: string;
  /** A rule that is switched off is shown, and matches nothing. */
  readonly enabled: boolean;
  /** Runs of a rule with a higher priority are made and worked first; 0 unless said. */
  readonly priority: number;
  /** Event types or globs over them; empty only for a rule with a schedule. */
  readonly on: readonly string[];
  /** Five cron fields. */
  readonly schedule: string | null;
  /** IANA name of the time zone of `schedule`; null stands for UTC. */
  readonly timezone: string | null;
  /** Globs over forge names; empty means all, here and below. */
  readonly forges: readonly string[];
  /** Globs over full repository names. */
  readonly repos: readonly string[];
  /** Globs over the branch; for a pull request, its base. */
  readonly branches: readonly string[];
  /** Globs over the paths that the commits of a push touch; one that matches is enough. */
  readonly paths: readonly string[];
  /** Globs over the login of the actor; `!` in front excludes. */
  readonly actors: readonly string[];
  /** CEL expression over the event. */
  readonly if: string | null;
  /** Least permission the actor must have; where neither payload nor API tells it, the rule matches, marked `unknown`. */
  readonly permission: 'read' | 'write' | 'admin' | null;
  /** At least one. */
  readonly do: readonly ActionCall[];
  /** Whether the actions of `do` go their own ways or each waits for the success of the one before. */
  readonly mode: 'parallel' | 'sequential';
  /** How long and how often a run is tried; null where the option `runs.retryFor` and the engine decide. */
  readonly retry: { readonly forMs: number | null; readonly attempts: number | null };
  /** Longest time of one attempt; null where the action decides. */
  readonly timeoutMs: number | null;
  /** What happens to a run of which nobody can tell whether its effect was made. */
  readonly onUnknown: 'resend' | 'stop';
}

/** One action that a rule names. */
export interface ActionCall {
  /** `matrix.notify`. */
  readonly action: string;
  /** As written: templates not rendered, durations as text, secrets as references. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the rules in the `.fettle.yaml` of some repositories may do. */
export interface RepositoryRulesConfig {
  /** Globs over forge names; empty means all. */
  readonly forges: readonly string[];
  /** Globs over full repository names. */
  readonly repos: readonly string[];
  /** Names of actions. */
  readonly actions: readonly string[];
  /** Globs over what an action reaches, such as `room:#team-*`. */
  readonly reach: readonly string[];
}
