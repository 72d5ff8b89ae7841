import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { openStore } from '../../src/store/open-store.ts';
import { silentLog } from '../databases.ts';
import { runLanes } from './contention-lanes.ts';
import { toLine } from './contention-proof.ts';

/** A process of agents: `node contention-worker.ts <database> <log file> <number> <lanes> <claims>`. */
const [databaseUrl = '', log = '', worker = '0', lanes = '1', claims = '0'] = process.argv.slice(2);
const file = createWriteStream(log, { flags: 'a' });
const store = await openStore({ dataDir: '/', databaseUrl, maxConnections: Number(lanes) + 2, log: silentLog });
await runLanes(store, {
  worker: Number(worker),
  lanes: Number(lanes),
  claims: Number(claims),
  record: (hold) => file.write(toLine(hold)),
});
await store.close();
file.end();
await finished(file);
