import { type ErrorCode, FettleError } from '../../core/errors.ts';
import { toIsoTime } from '../../core/clock.ts';
import type { WorkflowApi, WorkflowRef, WorkflowRun } from '../../forges/write-contract.ts';
import type { RunContext } from '../../jobs/contract.ts';
import type { Started } from './engine.ts';
import type { Startable } from './start-once.ts';

/** Which run of a workflow was the newest before ours. Comparing with a run, and not with a time, keeps the clocks out of it. */
export type Newest = NonNullable<Started['among']>;

/** A workflow of a forge, to be started once: ours is the run after the one that was the newest before. */
export function toStartable({ clock }: RunContext, workflows: WorkflowApi, workflow: WorkflowRef): Startable<Newest> {
  return {
    async note() {
      const since = toIsoTime(clock() - SKEW_MS);
      try {
        const [newest] = await workflows.listDispatched(workflow, since);
        return { since, before: newest?.id ?? null };
      } catch (error) {
        // A token that may start need not be one that may read, and older forges have no such list.
        if (error instanceof FettleError && CLOSED.has(error.code)) return null;
        throw error;
      }
    },
    async start(note) {
      const atMs = clock();
      return toStarted(await workflows.dispatch(workflow), atMs, note);
    },
    async find(note) {
      const found = await findOurs(workflows, workflow, note);
      return found === undefined ? undefined : toStarted(found, clock(), note);
    },
  };
}

/** The run that was dispatched first after the note was taken: runs of one order key are started one after the other. */
export async function findOurs(
  workflows: WorkflowApi,
  workflow: WorkflowRef,
  { since, before }: Newest,
): Promise<WorkflowRun | undefined> {
  const runs = await workflows.listDispatched(workflow, since);
  const place = runs.findIndex(({ id }) => id === before);
  return (place === -1 ? runs : runs.slice(0, place)).at(-1);
}

/** How far the clocks of both sides may be apart. */
const SKEW_MS = 600_000;

const CLOSED: ReadonlySet<ErrorCode> = new Set(['upstream_refused', 'access_refused']);

function toStarted(run: WorkflowRun | undefined, atMs: number, note: Newest | null): Started {
  const { id = null, url = null } = run ?? {};
  return { id, url, atMs, ...(id !== null || note === null ? {} : { among: note }) };
}
