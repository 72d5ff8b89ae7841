import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { sql } from 'kysely';
import type { Store } from '../../src/store/store.ts';
import { seedTasks } from '../seed-tasks.ts';
import { READY } from '../task-desk.ts';
import { FOUGHT_FOR, type Hold } from './contention-lanes.ts';
import { type Proof, proveSingleHolders, toHold } from './contention-proof.ts';

export interface Fight {
  readonly databaseUrl: string;
  readonly processes: number;
  /** Connections of each process. */
  readonly lanes: number;
  /** Of all processes together, won or not. */
  readonly claims: number;
  readonly tasks: number;
}

/** Puts tasks there to be fought for. */
export async function seedFight(store: Store, tasks: number): Promise<void> {
  await seedTasks(
    store.db,
    Array.from({ length: tasks }, () => ({ ...READY, ...FOUGHT_FOR })),
  );
}

/**
 * Lets several processes fight for the tasks of a database, and proves that no two ever held the same one. Commits do not wait for the disk:
 * who wins a claim is decided in memory, and else the disk would be what is measured.
 */
export async function runFight(store: Store, fight: Fight): Promise<Proof & { readonly seconds: number }> {
  const { databaseUrl, processes, lanes, claims, tasks } = fight;
  await seedFight(store, tasks);
  const database = new URL(databaseUrl).pathname.slice(1);
  await sql`alter database ${sql.id(database)} set synchronous_commit = off`.execute(store.db);
  const directory = await mkdtemp(join(tmpdir(), 'fettle-claims-'));
  try {
    const startedMs = performance.now();
    const logs = await Promise.all(
      Array.from({ length: processes }, async (_, worker) => {
        const log = join(directory, `${worker}.log`);
        const share = String(Math.ceil(claims / processes));
        const program = join(import.meta.dirname, 'contention-worker.ts');
        const child = spawn(process.execPath, [program, databaseUrl, log, String(worker), String(lanes), share], {
          stdio: ['ignore', 'inherit', 'inherit'],
        });
        const [code] = (await once(child, 'exit')) as [number | null];
        if (code !== 0) throw new Error(`Worker ${worker} ended with ${code}`);
        return log;
      }),
    );
    const seconds = (performance.now() - startedMs) / 1_000;
    const holds: Hold[] = [];
    for (const log of logs)
      for await (const line of createInterface({ input: createReadStream(log) })) holds.push(toHold(line));
    return { ...(await proveSingleHolders(store, holds)), seconds };
  } finally {
    await rm(directory, { recursive: true });
  }
}
