import pg from 'pg';
import type { Logger } from 'pino';
import { EVENTS_CHANNEL } from './store.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 15_000;
/** A connection that says nothing may be dead; a question tells. */
const PROBE_MS = 30_000;

/**
 * The one connection that listens for commits of any process.
 *
 *   idle ──first subscriber──▶ connecting ──▶ listening ──connection lost──▶ pausing ──▶ connecting …
 *   any ──close──▶ closed
 *
 * Every move to `listening` calls back as well: what was committed in between was not heard. The pause doubles from 0.2 to
 * 15 s, each with full jitter, and begins anew after a connection that listened.
 */
export class CommitListener {
  readonly #config: pg.ClientConfig;
  readonly #log: Logger;
  readonly #onReachable: (reachable: boolean) => void;
  readonly #callbacks = new Set<() => void>();
  #client: pg.Client | undefined;
  #started = false;
  #closed = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { config: pg.ClientConfig; log: Logger; onReachable: (reachable: boolean) => void }) {
    this.#config = options.config;
    this.#log = options.log;
    this.#onReachable = options.onReachable;
  }

  /** Calls back after every commit that added events. Returns the way out. */
  subscribe(callback: () => void): () => void {
    const entry = () => callback();
    this.#callbacks.add(entry);
    if (!this.#started) {
      this.#started = true;
      void this.#connect();
    }
    return () => this.#callbacks.delete(entry);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...this.#config, query_timeout: PROBE_MS });
    this.#client = client;
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost) return;
      lost = true;
      this.#lose(client, error);
    };
    client.on('error', onLost);
    client.on('end', () => onLost());
    client.on('notification', () => this.#callBack());
    try {
      await client.connect();
      await client.query(`listen ${EVENTS_CHANNEL}`);
    } catch (error) {
      onLost(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (lost) return;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#onReachable(true);
    this.#probeLater(client, onLost);
    this.#callBack();
  }

  #probeLater(client: pg.Client, onLost: (error: Error) => void): void {
    this.#timer = setTimeout(() => {
      client.query('select 1').then(() => {
        if (client === this.#client && !this.#closed) this.#probeLater(client, onLost);
      }, onLost);
    }, PROBE_MS);
    this.#timer.unref();
  }

  #lose(client: pg.Client, error: Error | undefined): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    // It may be half open; whether it ends well does not matter any more.
    client.end().catch((cause: unknown) => this.#log.debug({ err: cause }, 'store.listener_end_failed'));
    if (this.#closed) return;
    this.#onReachable(false);
    const pauseMs = Math.random() * this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#log.warn({ err: error, pauseMs: Math.round(pauseMs) }, 'store.listener_lost');
    this.#timer = setTimeout(() => void this.#connect(), pauseMs);
  }

  #callBack(): void {
    for (const callback of this.#callbacks) callback();
  }
}
