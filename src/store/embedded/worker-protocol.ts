/**
 * How the main thread and the database worker talk. PostgreSQL's own wire protocol travels inside `bytes`, so `pg` sees an
 * ordinary server; the rest is about sessions, because the worker hosts exactly one.
 *
 * main → worker
 *   open   a new client takes the session: roll back whatever was open and forget prepared statements, listens and settings
 *   bytes  whole protocol messages of that client
 *   stop   checkpoint, close, exit 0
 * worker → main
 *   ready   the database answers (after recovery); sent once
 *   opened  the session belongs to the client now
 *   reply   the answer to one `bytes`
 *   failed  the database could not be started; the worker exits
 *
 * `session` numbers the client; a reply for an older number is dropped. When the server panics the worker exits at once with
 * PANIC_EXIT_CODE and without a reply: nobody may take what comes after a panic for an answer.
 */
export type ToWorker =
  | { readonly type: 'open'; readonly session: number }
  | { readonly type: 'bytes'; readonly session: number; readonly bytes: Uint8Array }
  | { readonly type: 'stop' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'opened'; readonly session: number }
  | { readonly type: 'reply'; readonly session: number; readonly bytes: Uint8Array }
  | { readonly type: 'failed'; readonly reason: string };

/** What the worker is started with. */
export interface WorkerSettings {
  /** Absolute path of the cluster; it must exist. */
  readonly databaseDir: string;
  /** One 64-bit counter, shared: every fsync the database asked for. */
  readonly fsyncs: SharedArrayBuffer;
}

export const PANIC_EXIT_CODE = 70;
