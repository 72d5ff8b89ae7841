import { connect, type Socket } from 'node:net';

/** The clients of `bench/stream.ts`, in a process of their own: bare sockets, so that the hub and not the client is measured. */
export interface ClientsReady {
  readonly connectedMs: number;
}

export interface ClientReport {
  readonly received: number;
  readonly disconnected: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const MARK = Buffer.from('"title":"sent:');
/** Connections being opened at one time. */
const OPENING = 50;

const [port = 0, clients = 0] = process.argv.slice(2, 4).map(Number);
const request = `GET /events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: Bearer ${process.argv[4]}\r\naccept: text/event-stream\r\n\r\n`;
const latenciesMs: number[] = [];
const sockets: Socket[] = [];
let disconnected = 0;

process.on('message', () => {
  latenciesMs.sort((one, other) => one - other);
  const at = (part: number): number =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * part))] ?? 0;
  const report: ClientReport = {
    received: latenciesMs.length,
    disconnected,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: latenciesMs.at(-1) ?? 0,
  };
  process.send?.(report);
});
// Never outlive the benchmark.
process.on('disconnect', () => process.exit());

const startedMs = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: OPENING }, async () => {
    while (next < clients) {
      next += 1;
      sockets.push(await open());
    }
  }),
);
const ready: ClientsReady = { connectedMs: performance.now() - startedMs };
process.send?.(ready);

async function open(): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      const now = process.hrtime.bigint();
      const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let done = 0;
      for (let at = data.indexOf(MARK); at !== -1; at = data.indexOf(MARK, done)) {
        const end = data.indexOf(':', at + MARK.length);
        if (end === -1) break;
        latenciesMs.push(Number(now - BigInt(data.toString('latin1', at + MARK.length, end))) / 1e6);
        done = end;
      }
      // A mark may be torn between two chunks.
      rest = data.subarray(Math.max(done, data.length - 64));
      rest = rest.indexOf(MARK) === -1 && !rest.includes('"') ? Buffer.alloc(0) : Buffer.from(rest);
      resolve(socket);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      disconnected += 1;
      reject(new Error('The hub closed a connection'));
    });
  });
}
