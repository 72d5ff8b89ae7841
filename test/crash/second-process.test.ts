import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeliveryMaker } from '../deliveries.ts';
import { createDeliveryLoad } from '../delivery-load.ts';
import { createHubProcess, HUB_SECRET } from '../hub-process.ts';
import { createSeededRandom } from '../seeded-random.ts';
import { assertNothingLost } from './nothing-lost.ts';

test('a second process on a data directory is refused by name of the first, and may start once that was killed', async (t) => {
  const first = await createHubProcess(t);
  const second = await createHubProcess(t, { dataDir: first.dataDir });
  await first.start();
  const load = createDeliveryLoad({
    urls: [`${first.url}/webhook/gitea`],
    secret: HUB_SECRET,
    deliveries: createDeliveryMaker(createSeededRandom(1)),
  });
  t.after(() => load.stop());
  load.start();

  second.launch();
  const { code } = await second.whenExited();
  assert.notEqual(code, 0);
  assert.match(second.output(), /data_dir_locked/);
  assert.match(second.output(), new RegExp(`process ${first.processId()}\\b`));

  await load.stop();
  await first.kill();
  await second.start();
  await assertNothingLost({ load, followers: [], hub: second });
});
