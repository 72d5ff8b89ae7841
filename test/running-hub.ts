import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hub, startHub } from '../src/hub.ts';
import type { BookEntry } from '../src/store/books.ts';
import { fillWithTemplate } from './databases.ts';
import { waitUntil } from './wait-until.ts';

const ADMIN_TOKEN = 'an-admin-token-for-tests';

export interface StoredDelivery {
  readonly id: string;
  readonly state: 'accepted' | 'duplicate';
  readonly error: string | null;
  /** Types of its events, raised triggers left out. */
  readonly types: readonly string[];
}

/** A whole hub in this process, in a directory of its own. */
export interface HubUnderTest {
  readonly hub: Hub;
  readonly url: string;
  readonly token: string;
  post(
    path: string,
    body: Buffer | string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; text: string; headers: Headers }>;
  get<T>(path: string): Promise<T>;
  books(): Promise<{ total: BookEntry; exact: boolean }>;
  /** Every delivery, with the types of its events. */
  deliveries(): Promise<StoredDelivery[]>;
  /** Resolves when nothing waits in the inbox. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a hub on a free port; `config` is the text of its configuration file. Whoever starts it stops it. */
export async function startTestHub(
  options: { readonly config?: string; readonly environment?: Record<string, string> } = {},
): Promise<HubUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'fettle-hub-'));
  const path = join(directory, 'fettle.yaml');
  await writeFile(path, options.config ?? 'version: 1\n');
  const dataDir = join(directory, 'data');
  if (options.environment?.DATABASE_URL === undefined) await fillWithTemplate(dataDir);
  const environment = {
    FETTLE_HTTP_PORT: '0',
    FETTLE_LOG_LEVEL: 'silent',
    FETTLE_DATA_DIR: dataDir,
    FETTLE_ADMIN_TOKEN: ADMIN_TOKEN,
    ...options.environment,
  };
  const hub = await startHub({ path, environment, cwd: directory });
  await hub.ready;
  const authorization = `Bearer ${ADMIN_TOKEN}`;

  const get = async <T>(route: string): Promise<T> => {
    const response = await fetch(`${hub.url}${route}`, { headers: { authorization } });
    if (!response.ok) throw new Error(`GET ${route} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const books = () => get<{ total: BookEntry; exact: boolean }>('/api/v1/books');
  return {
    hub,
    url: hub.url,
    token: ADMIN_TOKEN,
    get,
    books,
    async post(route, body, headers = {}) {
      const response = await fetch(`${hub.url}${route}`, {
        method: 'POST',
        body: new Uint8Array(Buffer.from(body)),
        headers,
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    },
    async deliveries() {
      const db = hub.database();
      const deliveries = await db.selectFrom('deliveries').select(['id', 'state', 'error']).orderBy('number').execute();
      const events = await db
        .selectFrom('events')
        .select(['delivery_id', 'type'])
        .where('trigger', 'is', null)
        .orderBy('seq')
        .execute();
      const types = Map.groupBy(events, (event) => event.delivery_id);
      return deliveries.map((row) => ({ ...row, types: (types.get(row.id) ?? []).map((event) => event.type) }));
    },
    drained: () => waitUntil(async () => (await books()).total.pending === 0, 'the inbox is drained'),
    async stop() {
      await hub.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
