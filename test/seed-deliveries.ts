import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { Kysely } from 'kysely';
import { createId } from '../src/core/id.ts';
import { insertDeliveries, insertEvents, type NewDelivery } from '../src/store/batch.ts';
import { ensurePartitions } from '../src/store/partitions.ts';
import type { Database } from '../src/store/schema.ts';

export interface SeedDelivery {
  readonly receivedAt: string;
  readonly forgeDeliveryId?: string | null;
  readonly event?: string;
  readonly state?: NewDelivery['state'];
  readonly duplicateOf?: string | null;
  readonly outcome?: NewDelivery['outcome'];
  readonly body?: string | Buffer;
  /** Full names of repositories, one event for each; null for an event without one. */
  readonly repos?: readonly (string | null)[];
  readonly matched?: readonly { rule: string; trigger: string }[];
}

const SEED_INBOX = '00000000-0000-7000-8000-000000000001';
let lastNumber = 0;

/** Puts a delivery and its events straight into the tables, and returns their ids. */
export async function seedDelivery(
  db: Kysely<Database>,
  seed: SeedDelivery,
): Promise<{ id: string; eventIds: string[] }> {
  const id = createId();
  const receivedAt = new Date(seed.receivedAt);
  await ensurePartitions(db, receivedAt, receivedAt);
  const body = Buffer.from(seed.body ?? '{}');
  const deliveryId = seed.forgeDeliveryId === undefined ? `delivery-${id}` : seed.forgeDeliveryId;
  lastNumber += 1;
  const events = (seed.repos ?? []).map((repo) => ({ id: createId(), repo }));
  await db.transaction().execute(async (trx) => {
    await insertDeliveries(trx, [
      {
        id,
        receivedAt: seed.receivedAt,
        inboxId: SEED_INBOX,
        number: lastNumber,
        forge: 'home',
        kind: 'gitea',
        forgeDeliveryId: deliveryId,
        event: seed.event ?? 'push',
        state: seed.state ?? 'accepted',
        duplicateOf: seed.duplicateOf ?? null,
        duplicateBy: seed.duplicateOf === undefined ? null : 'id',
        outcome: seed.outcome ?? 'filtered',
        remoteAddress: '192.0.2.1',
        headers: { 'x-gitea-event': 'push' },
        body: zstdCompressSync(body).toString('base64'),
        bodyBytes: body.length,
        bodySha256: createHash('sha256').update(body).digest('hex'),
        error: null,
      },
    ]);
    if (events.length === 0) return;
    await insertEvents(
      trx,
      events.map((event) => ({
        id: event.id,
        receivedAt: seed.receivedAt,
        deliveryId: id,
        forge: 'home',
        type: 'push',
        repo: event.repo,
        actor: 'ada',
        subject: null,
        number: null,
        label: null,
        trigger: null,
        action: null,
        event: JSON.stringify({ id: event.id, v: 1, type: 'push', forge: 'home' }),
        matched: seed.matched === undefined ? null : JSON.stringify(seed.matched),
      })),
    );
  });
  return { id, eventIds: events.map((event) => event.id) };
}
