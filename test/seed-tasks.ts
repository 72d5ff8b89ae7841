import type { Kysely } from 'kysely';
import { createId } from '../src/core/id.ts';
import type { Database } from '../src/store/schema.ts';
import { ensureTask } from '../src/store/tasks.ts';
import { transact } from '../src/store/transact.ts';
import type { Task } from '../src/tasks/contract.ts';
import { START, UNOPENED } from './task-machine.ts';

/** Inserts tasks as they are given, one issue each; returns their ids. */
export async function seedTasks(db: Kysely<Database>, tasks: readonly Partial<Task>[]): Promise<string[]> {
  return await transact(db, async (trx) => {
    const ids: string[] = [];
    for (const [index, task] of tasks.entries()) {
      const number = index + 1;
      const row = {
        ...UNOPENED,
        round: 1,
        createdAt: START,
        updatedAt: START,
        number,
        key: `home/dataforge/app#${number}`,
      };
      ids.push(await ensureTask(trx, { ...row, id: createId(), ...task }));
    }
    return ids;
  });
}
