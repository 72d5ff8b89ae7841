import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { forEachDatabase } from '../databases.ts';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { runSql } from '../postgres-server.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { waitUntil } from '../wait-until.ts';
import { assertEffectsOnce } from './effects-once.ts';
import { waitUntilDrained } from './nothing-lost.ts';
import { type Ambush, type Arrival, type Outside, startOutside } from './outside.ts';

/** Which effect kills the hub. A digest is met twice: as a new message, and as an edit of it. */
const KINDS: readonly Arrival['kind'][] = ['plain', 'digest', 'digest', 'told'];

/** The statement that records each effect. */
const RECORDS: Record<Arrival['kind'], string> = {
  plain: 'update runs set state = input.state',
  digest: 'update digests set%shown_through = greatest',
  told: 'update runs set state = input.state',
  unknowable: 'update runs set state = input.state',
};

forEachDatabase('a hub killed between an effect and its record', ({ createPlace, kind }) => {
  for (const when of ['made', 'answered'] as const) {
    test(`makes the effect once, the other side having ${when === 'made' ? 'not ' : ''}answered`, async (t) => {
      const place = await createPlace();
      const outside = await startOutside(t);
      const hub = await createHubProcess(t, { ...place, environment: outside.environment });
      const deliveries = createDeliveryMaker(createSeededRandom(1));
      const load = createDeliveryLoad({ urls: [`${hub.url}/webhook/gitea`], secret: HUB_SECRET, deliveries });
      t.after(() => load.stop());
      await hub.start();

      const keys: string[] = [];
      for (const wanted of KINDS) {
        const struck = Promise.withResolvers<void>();
        outside.ambush = (arrival) => {
          if (arrival.kind !== wanted) return undefined;
          outside.ambush = undefined;
          keys.push(arrival.key);
          const kill = async () => {
            await hub.kill();
            struck.resolve();
          };
          return when === 'made' || place.databaseUrl === null
            ? { when, strike: kill }
            : answerWhileLocked(place.databaseUrl, RECORDS[arrival.kind], kill);
        };
        assert.equal(await load.send(deliveries.fresh('push')), 200);
        await struck.promise;
        await hub.start();
        await waitUntilDrained(hub);
      }
      assert.equal(new Set(keys).size, KINDS.length, 'each kill met an effect of its own');

      await assertEffectsOnce({ loads: [load], hub, outside });
      // With the embedded database, what was answered may have been recorded before the kill.
      if (when === 'answered' && kind === 'embedded') return;
      for (const key of keys) assert.equal(countRequests(outside, key), 2, `${key} was asked for again`);
    });
  }
});

function countRequests({ matrix, receiver }: Outside, key: string): number {
  const posted = matrix.requests.filter(({ path }) => path.endsWith(`/${key}`));
  const told = receiver.requests.filter(({ headers }) => headers['webhook-id'] === key);
  return posted.length + told.length;
}

/** Lets the answer through while nothing can be recorded, and kills the hub once it tries. */
function answerWhileLocked(databaseUrl: string, record: string, kill: () => Promise<void>): Ambush {
  const client = new pg.Client({ connectionString: databaseUrl });
  return {
    when: 'answered',
    async prepare() {
      await client.connect();
      await client.query('begin');
      await client.query('lock table runs, digests in share mode');
    },
    async strike() {
      await waitUntil(async () => await isWaiting(databaseUrl, record), 'the hub tries to record the effect');
      await kill();
      // The server would carry out what its dead client asked for as soon as it may.
      await runSql(
        databaseUrl,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      await client.end();
    },
  };
}

async function isWaiting(databaseUrl: string, statement: string): Promise<boolean> {
  const { rowCount } = await runSql(
    databaseUrl,
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      and query like '%${statement}%'`,
  );
  return rowCount !== 0;
}
