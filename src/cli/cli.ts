import type { Readable, Writable } from 'node:stream';
import type { DestinationStream, Logger } from 'pino';
import type { LoadConfigOptions, LoadedConfig } from '../config/load-config.ts';
import type { Environment } from '../config/variables.ts';

/** A stream that may be a terminal. */
export type Terminal = Writable & { readonly isTTY?: boolean };

/** What the command line runs in; tests pass their own. */
export interface Cli {
  readonly environment: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly stdin: Readable;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  readonly version: string;
  /** Passed in by the entry point, because the command line may not reach up to where the hub is put together. */
  readonly startHub: StartHub;
}

export type StartHub = (
  options: Omit<LoadConfigOptions, 'language'> & { readonly logDestination?: DestinationStream | undefined },
) => Promise<RunningHub>;

/** The part of a started hub that `serve` needs. */
export interface RunningHub {
  readonly url: string;
  readonly log: Logger;
  loaded(): LoadedConfig;
  readonly ready: Promise<void>;
  createSignInLink(): Promise<{ readonly url: string; readonly expiresAt: Date }>;
  reload(): Promise<void>;
  stop(): Promise<void>;
  closeLog(): Promise<void>;
}
