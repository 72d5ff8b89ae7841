import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { PortStream, type SessionHost } from './port-stream.ts';
import { type FromWorker, PANIC_EXIT_CODE, type ToWorker, type WorkerSettings } from './worker-protocol.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * The worker that hosts the embedded database, and its successors.
 *
 *   starting ──ready──▶ serving ──exit, panic, `replace`──▶ ended ──after a pause──▶ starting …
 *   any ──close──▶ closed
 *
 * starting  a worker runs and recovers; streams that want a session wait
 * serving   one stream holds the session; another that opens one takes it over
 * ended     the worker is gone, its stream was destroyed with a connection error, the next worker has not started. A new one
 *           starts only after the old thread has really exited, so two never write the same files. The pause is nothing
 *           after a worker that served, and doubles while starts fail
 * closed    nothing starts any more
 */
export class DatabaseServer implements SessionHost {
  readonly #databaseDir: string;
  readonly #log: Logger;
  readonly #onServing: (serving: boolean) => void;
  readonly #fsyncs = new SharedArrayBuffer(8);
  readonly #waiting = new Set<PortStream>();
  #worker: Worker | undefined;
  #serving = false;
  #closed = false;
  #session = 0;
  #holder: PortStream | undefined;
  #pauseMs = 0;
  #restart: NodeJS.Timeout | undefined;
  #starts = 0;
  #endReason: string | undefined;
  #firstStart: PromiseWithResolvers<void> | undefined;

  constructor(options: { databaseDir: string; log: Logger; onServing: (serving: boolean) => void }) {
    this.#databaseDir = options.databaseDir;
    this.#log = options.log;
    this.#onServing = options.onServing;
  }

  /** Starts the first worker. Rejects when the database cannot be started; later failures are retried for ever. */
  async start(): Promise<void> {
    this.#firstStart = Promise.withResolvers<void>();
    this.#startWorker();
    await this.#firstStart.promise;
  }

  /** How often the database waited for the disk since the start, over all workers. */
  get fsyncs(): number {
    return Number(Atomics.load(new BigInt64Array(this.#fsyncs), 0));
  }

  /** How many workers were started so far. */
  get starts(): number {
    return this.#starts;
  }

  createStream(): PortStream {
    return new PortStream(this);
  }

  /** Ends the worker, whatever it is doing, and starts another. Statements under way fail with a connection error. */
  replace(reason: string): void {
    if (this.#worker === undefined) return;
    this.#endReason = reason;
    void this.#worker.terminate();
  }

  /** Checkpoints and stops. A worker that does not answer within the limit is ended; the next start recovers. */
  async close(limitMs = 20_000): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    if (!this.#serving) void worker.terminate();
    this.#post({ type: 'stop' });
    const timer = setTimeout(() => void worker.terminate(), limitMs);
    await exited;
    clearTimeout(timer);
  }

  openSession(stream: PortStream): void {
    if (this.#serving) this.#giveSession(stream);
    else this.#waiting.add(stream);
  }

  send(stream: PortStream, bytes: Uint8Array<ArrayBuffer>): void {
    if (stream !== this.#holder) return;
    this.#post({ type: 'bytes', session: this.#session, bytes }, [bytes.buffer]);
  }

  closeSession(stream: PortStream): void {
    this.#waiting.delete(stream);
    if (stream === this.#holder) this.#holder = undefined;
  }

  #giveSession(stream: PortStream): void {
    this.#holder?.destroy(toConnectionError('another client took the only session'));
    this.#holder = stream;
    this.#session += 1;
    this.#post({ type: 'open', session: this.#session });
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  #startWorker(): void {
    this.#starts += 1;
    const settings: WorkerSettings = { databaseDir: this.#databaseDir, fsyncs: this.#fsyncs };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings, name: 'database' });
    this.#worker = worker;
    this.#endReason = undefined;
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => {
      this.#endReason = error instanceof Error ? error.message : String(error);
    });
    worker.on('exit', (code) => this.#ended(code));
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.#serving = true;
        this.#pauseMs = 0;
        this.#firstStart?.resolve();
        this.#firstStart = undefined;
        this.#onServing(true);
        for (const stream of this.#waiting) {
          this.#waiting.delete(stream);
          this.#giveSession(stream);
        }
        break;
      case 'opened':
        if (message.session === this.#session) this.#holder?.opened();
        break;
      case 'reply':
        if (message.session === this.#session) this.#holder?.receive(message.bytes);
        break;
      case 'failed':
        this.#endReason = message.reason;
    }
  }

  #ended(code: number): void {
    const reason =
      this.#endReason ?? (code === PANIC_EXIT_CODE ? 'the database panicked' : `its worker exited with code ${code}`);
    this.#worker = undefined;
    const served = this.#serving;
    this.#serving = false;
    this.#onServing(false);
    const holder = this.#holder;
    this.#holder = undefined;
    holder?.destroy(toConnectionError(reason));
    if (this.#closed) return;
    if (this.#firstStart !== undefined) {
      this.#firstStart.reject(new Error(reason));
      this.#firstStart = undefined;
      this.#closed = true;
      return;
    }
    this.#pauseMs = served ? 0 : Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#log.error({ reason, pauseMs: this.#pauseMs }, 'store.worker_replaced');
    this.#restart = setTimeout(() => this.#startWorker(), this.#pauseMs);
  }
}

/** The error that `pg` hands to every statement under way: of the connection class, so callers retry. */
function toConnectionError(reason: string): Error {
  return Object.assign(new Error(`The embedded database was lost: ${reason}`), { code: 'ECONNRESET' });
}
