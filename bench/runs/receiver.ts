import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service that takes events by HTTP and notes when Fettle had accepted each. */
export interface Receiver {
  readonly url: string;
  /** When the hub accepted what made the run, by the id of the run; milliseconds of the wall clock. */
  readonly acceptedAtMs: ReadonlyMap<string, number>;
  /** Requests that told of a run it knew. */
  readonly repeats: () => number;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const acceptedAtMs = new Map<string, number>();
  let repeats = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const id = String(request.headers['webhook-id']);
      const at = /"receivedAt":"([^"]+)"/.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? '';
      if (acceptedAtMs.has(id)) repeats += 1;
      acceptedAtMs.set(id, Date.parse(at));
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    acceptedAtMs,
    repeats: () => repeats,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
