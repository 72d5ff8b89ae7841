import type { ForgeKind } from '../core/vocabulary.ts';

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
  /** By name. */
  readonly forges: Readonly<Record<string, ForgeConfig>>;
  readonly recipes: readonly RecipeConfig[];
  readonly rules: readonly RuleConfig[];
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

/** A recipe that is switched on: its name and parameters. */
export interface RecipeConfig {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One rule as written. */
export interface RuleConfig {
  readonly name: string;
  /** Event types or globs over them. */
  readonly on: readonly string[];
  /** Globs over full repository names; empty means all. */
  readonly repos: readonly string[];
  /** CEL expression over the event. */
  readonly if: string | null;
  /** Least permission the actor must have; where neither payload nor API tells it, the rule matches, marked `unknown`. */
  readonly permission: 'read' | 'write' | 'admin' | null;
  readonly do: { readonly trigger: string };
}
