import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { test } from 'node:test';
import { forEachDatabase, withStoreAt } from '../databases.ts';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { listStoredDeliveries, waitUntilDrained } from './nothing-lost.ts';

/** Deliveries sent before the database is open, so that they make large batches. */
const DELIVERIES = 300;
const POISON_EVERY = 50;
/** The database refuses events with this mark; of the second kind it refuses all that tells of it. */
const MARK = 'poison';
const STUBBORN_MARK = 'stubborn';

forEachDatabase('a delivery that the database refuses', ({ createPlace }) => {
  test('is stored as unknown with its error and bytes, and everything else goes on', async (t) => {
    const place = await createPlace();
    await withStoreAt(place, async ({ db }) => {
      const refused = {
        events: "new.event::text ~ 'poison|stubborn'",
        deliveries: "new.forge_delivery_id ~ 'stubborn'",
      };
      for (const [table, condition] of Object.entries(refused)) {
        await sql`create function ${sql.id(`refuse_${table}`)}() returns trigger language plpgsql as $$
          begin
            if ${sql.raw(condition)} then raise exception 'refused by the test'; end if;
            return new;
          end $$`.execute(db);
        await sql`create trigger refuse before insert on ${sql.table(table)}
          for each row execute function ${sql.id(`refuse_${table}`)}()`.execute(db);
      }
    });

    const hub = await createHubProcess(t, place);
    const deliveries = createDeliveryMaker(createSeededRandom(5));
    const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
    t.after(() => load.stop());
    const marked = Array.from({ length: DELIVERIES }, (_, index) => {
      if (index % POISON_EVERY === 7) return deliveries.fresh('opened', `${MARK} ${index}`);
      if (index % POISON_EVERY !== 31) return deliveries.fresh();
      return { ...deliveries.fresh('opened', `${STUBBORN_MARK} ${index}`), deliveryId: `${STUBBORN_MARK}-${index}` };
    });
    await hub.start();
    await Promise.all(marked.map((delivery) => load.send(delivery)));
    assert.equal(load.answeredCount(), DELIVERIES);
    const books = await waitUntilDrained(hub);

    const stored = new Map((await listStoredDeliveries(hub)).map((one) => [one.id, one]));
    assert.equal(stored.size, DELIVERIES);
    let effected = 0;
    for (const { deliveryId, change } of marked) {
      const [id = ''] = load.sent.get(deliveryId)?.answered ?? [];
      const one = stored.get(id);
      const title = (JSON.parse(change.body.toString()) as { issue?: { title: string } }).issue?.title ?? '';
      const raw = await hub.ask(`/api/v1/deliveries/gitea/${id}/raw`);
      assert.equal(raw.text, change.body.toString());
      if (title.startsWith(MARK)) {
        assert.equal(one?.deliveryId, deliveryId);
        assert.match(one.error ?? '', /refused by the test/);
      } else if (title.startsWith(STUBBORN_MARK)) {
        assert.equal(one?.deliveryId, null);
        assert.match(one.error ?? '', /could not be stored/);
      } else {
        assert.equal(one?.error, null);
        effected += change.triggers.length > 0 ? 1 : 0;
      }
    }
    const unknowns = (await hub.ask('/activity?format=jsonl&type=unknown')).text.trimEnd().split('\n');
    assert.equal(unknowns.length, (2 * DELIVERIES) / POISON_EVERY);
    assert.deepEqual(books, {
      received: DELIVERIES,
      effected,
      filtered: DELIVERIES - effected,
      duplicate: 0,
      dead: 0,
      pending: 0,
      balanced: true,
    });
  });
});
