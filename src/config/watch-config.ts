import { createHash } from 'node:crypto';
import { type FSWatcher, unwatchFile, watch, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FettleError } from '../core/errors.ts';
import { type ConfigChanges, toConfigChanges } from './config-changes.ts';
import type { LoadedConfig } from './load-config.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';

/**
 * Keeps the configuration equal to its file.
 *
 *   ok ──file changes, new one is valid──▶ ok (callback with what changed)
 *   ok ──file changes, new one is broken─▶ refused (the old configuration stays in force)
 *   refused ──file changes, valid again──▶ ok
 *
 * The directory is watched rather than the file, so that an editor or Kubernetes, which put another file in its place, do
 * not escape; any event only means "look at the content". A slow poll beside it covers network file systems, mounts of a
 * single file and links into other directories. A file that vanished or became empty is refused: it is more likely to be
 * half written than meant.
 */
export type ConfigStatus =
  | { readonly status: 'ok'; readonly since: Date }
  | { readonly status: 'refused'; readonly since: Date; readonly problems: readonly ConfigProblem[] };

export type ReloadOutcome =
  | { readonly outcome: 'changed'; readonly changes: ConfigChanges }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly problems: readonly ConfigProblem[] };

export interface WatchConfigOptions {
  /** Absolute path of the file, which need not exist yet. */
  readonly file: string;
  /** The configuration in force. */
  readonly loaded: LoadedConfig;
  /** Reads it anew; rejects when it is not valid. */
  readonly load: () => Promise<LoadedConfig>;
  /** Puts a new configuration in force. When it rejects, the new configuration is refused. */
  readonly onChange: (loaded: LoadedConfig, changes: ConfigChanges) => void | Promise<void>;
  /** Told once for each broken content. */
  readonly onRefused: (problems: readonly ConfigProblem[]) => void;
  readonly now?: () => Date;
  /** Quiet time after the last sign of a change. */
  readonly debounceMs?: number;
  readonly pollMs?: number;
}

export interface ConfigWatch {
  /** The configuration in force, and whether the file agrees with it. */
  current(): { readonly loaded: LoadedConfig } & ConfigStatus;
  /** Reads now, whether or not the file changed; references to files and commands are resolved anew. For SIGHUP. */
  reload(): Promise<ReloadOutcome>;
  close(): Promise<void>;
}

/** Begins to watch. Whoever calls this closes it. */
export async function watchConfig(options: WatchConfigOptions): Promise<ConfigWatch> {
  const { file, load, onChange, onRefused, now = () => new Date(), debounceMs = 200, pollMs = 5_000 } = options;
  let loaded = options.loaded;
  let state: ConfigStatus = { status: 'ok', since: now() };
  let seen = await readFingerprint(file);
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One reading at a time, in the order they were asked for. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  }

  function refuse(problems: readonly ConfigProblem[]): ReloadOutcome {
    state = { status: 'refused', since: state.status === 'refused' ? state.since : now(), problems };
    onRefused(problems);
    return { outcome: 'refused', problems };
  }

  async function read(): Promise<ReloadOutcome> {
    if (loaded.file !== null && (seen === ABSENT || seen === EMPTY)) {
      return refuse([
        toProblem(file, seen === ABSENT ? 'the file is not there any more' : 'the file has become empty'),
      ]);
    }
    try {
      const next = await load();
      const changes = toConfigChanges(loaded.config, next.config);
      if (changes.changed.length > 0) await onChange(next, changes);
      loaded = next;
      if (state.status === 'refused' || changes.changed.length > 0) state = { status: 'ok', since: now() };
      return changes.changed.length > 0 ? { outcome: 'changed', changes } : { outcome: 'unchanged' };
    } catch (error) {
      return refuse(toProblems(file, error));
    }
  }

  async function readIfChanged(): Promise<void> {
    const fingerprint = await readFingerprint(file);
    if (isClosed || fingerprint === seen) return;
    seen = fingerprint;
    await read();
  }

  function look(): void {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(() => void inTurn(readIfChanged), debounceMs);
  }

  const watcher = startWatcher(dirname(file), look);
  watchFile(file, { interval: pollMs, persistent: false }, look);
  look();

  return {
    current: () => ({ loaded, ...state }),
    reload: () =>
      inTurn(async () => {
        seen = await readFingerprint(file);
        return await read();
      }),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      watcher?.close();
      unwatchFile(file, look);
      await last;
    },
  };
}

const ABSENT = 'absent';
const EMPTY = 'empty';

/** Hash of the content; a word of its own for a file that is absent, unreadable or holds nothing but blanks. */
async function readFingerprint(file: string): Promise<string> {
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) return ABSENT;
  if (content.toString('latin1').trim() === '') return EMPTY;
  return createHash('sha256').update(content).digest('hex');
}

/** Undefined where the directory cannot be watched; the poll then has to do. */
function startWatcher(directory: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

function toProblems(file: string, error: unknown): readonly ConfigProblem[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof FettleError) return [toProblem(file, error.message)];
  return [toProblem(file, 'the new configuration could not be put in force because of an internal error')];
}

function toProblem(file: string, message: string): ConfigProblem {
  return { file, line: null, column: null, variable: null, path: '', message, allowed: null };
}
