import type { Config, ForgeConfig } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { ApiTransport } from '../forges/api-client.ts';
import type { HookKey } from '../store/hooks.ts';
import type { GetDatabase } from '../store/store.ts';

/**
 * Webhooks installed on forges and kept there. A place is a repository, an organisation or a whole instance; in each place Fettle has
 * at most one webhook, which is remembered in the table `hooks`.
 *
 *   findPlaces ──▶ places ──apply──▶ created · adopted · updated · unchanged
 *   hooks ──watch, verify──▶ ok · missing · disabled · changed · silent · unreachable ──repair──▶ ok
 *   secret ──rotate──▶ a new one beside the old ──apply──▶ all hooks carry it ──a day──▶ the old one is dropped
 */
export interface HookPorts {
  readonly db: GetDatabase;
  /** Live, because the configuration is. */
  readonly forges: () => Config['forges'];
  readonly publicUrl: () => string | null;
  readonly http: ApiTransport;
  readonly secrets: HookSecrets;
  readonly clock: Clock;
  readonly log: HookLog;
}

/** The part of a logger that is used; pino's has it. */
export interface HookLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The webhook secrets that Fettle generated. Those of the configuration are for people to change. */
export interface HookSecrets {
  /** Whether Fettle made the secrets of a forge itself. */
  isGenerated(forge: string): boolean;
  /** Puts a new secret before the others, on stable storage and in force in this process before it resolves. */
  add(forge: string): Promise<void>;
  /** Notes when all but the newest may go. */
  keepOldUntil(forge: string, at: Date): Promise<void>;
  /** Forgets all but the newest, in this process too. */
  dropOld(forge: string): Promise<void>;
  /** When all but the newest may go, by forge. */
  listDropTimes(): Promise<ReadonlyMap<string, Date>>;
}

/** Which places are meant. */
export interface PlaceQuery {
  readonly forge: string;
  /** Globs over full repository names, or names. */
  readonly repos: readonly string[];
  /** The owners of the repositories instead of each of them. */
  readonly organisation: boolean;
  /** The whole instance. */
  readonly system: boolean;
}

export interface FoundPlaces {
  readonly places: readonly HookKey[];
  /** Repositories that match but get no webhook, and why. */
  readonly skipped: readonly { readonly place: string; readonly reason: string }[];
}

/** What became of one place, or would become of it. */
export interface HookChange extends HookKey {
  readonly change: 'created' | 'adopted' | 'updated' | 'unchanged' | 'removed' | 'absent' | 'failed';
  /** Why, in a sentence; empty where the change says it all. */
  readonly detail: string;
  readonly code?: ErrorCode | undefined;
}

export interface ApplyOptions {
  readonly forge: ForgeConfig;
  readonly places: readonly HookKey[];
  /** The full address that deliveries are sent to; null leaves each hook at the one it was installed with. */
  readonly address: string | null;
  /** Says what would be done and does nothing. */
  readonly dryRun: boolean;
  /** Who wants it, for the record. */
  readonly by: string;
}
