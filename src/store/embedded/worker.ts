import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { DurableFileSystem } from './durable-file-system.ts';
import { START_PARAMETERS } from './start-parameters.ts';
import { type FromWorker, PANIC_EXIT_CODE, type ToWorker, type WorkerSettings } from './worker-protocol.ts';

/**
 * Entry of the worker thread that hosts the embedded database. It speaks `worker-protocol.ts`, handles one message at a time
 * and keeps nothing between them but the database.
 */

/** In an error message the severity comes twice, each ended by a zero byte; text from a table cannot contain one. */
const DEADLY_ERRORS = [Buffer.from('SPANIC\0VPANIC\0'), Buffer.from('SFATAL\0VFATAL\0')];
const LAST_LOG_LINES = 20;

async function main(port: NonNullable<typeof parentPort>, settings: WorkerSettings): Promise<void> {
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const fsyncs = new BigInt64Array(settings.fsyncs);
  const logLines: string[] = [];

  let database: PGlite;
  try {
    database = await PGlite.create({
      fs: new DurableFileSystem(settings.databaseDir, () => Atomics.add(fsyncs, 0, 1n)),
      startParams: START_PARAMETERS,
      onStderr: (line) => {
        logLines.push(line);
        if (logLines.length > LAST_LOG_LINES) logLines.shift();
        return false;
      },
    });
  } catch (error) {
    send({ type: 'failed', reason: [String(error), ...logLines].join('\n') });
    return;
  }

  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'open':
        exchange(database, toSimpleQuery('rollback'));
        exchange(database, toSimpleQuery('discard all'));
        send({ type: 'opened', session: message.session });
        break;
      case 'bytes': {
        const bytes = exchange(database, message.bytes);
        send({ type: 'reply', session: message.session, bytes }, [bytes.buffer]);
        break;
      }
      case 'stop':
        exchange(database, toSimpleQuery('rollback'));
        exchange(database, toSimpleQuery('checkpoint'));
        void database.close().then(() => process.exit(0));
    }
  });
  send({ type: 'ready' });
}

/**
 * Sends protocol messages and collects the reply. `execProtocolRawStream` runs to its end before it returns, and unlike
 * `execProtocolRawSync` it does not keep every parsed message for ever.
 */
function exchange(database: PGlite, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  void database.execProtocolRawStream(bytes, {
    syncToFs: false,
    onRawData: (chunk) => {
      const copy = Buffer.from(chunk);
      if (DEADLY_ERRORS.some((mark) => copy.includes(mark))) process.exit(PANIC_EXIT_CODE);
      chunks.push(copy);
    },
  });
  const reply = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    reply.set(chunk, offset);
    offset += chunk.length;
  }
  return reply;
}

/** A `Query` message: type, length, text, zero byte. */
function toSimpleQuery(statement: string): Uint8Array {
  const text = Buffer.from(`${statement}\0`);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

if (parentPort !== null) await main(parentPort, workerData as WorkerSettings);
