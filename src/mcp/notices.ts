import type { ServerEventBus } from '@modelcontextprotocol/server';
import { READY_URI, toTaskUri } from './resources.ts';

/** A task that changed, as an event of the stream tells it. */
export interface TaskChange {
  readonly id: string;
  readonly type: string;
  readonly repo: string | null;
}

/** Calls back with the tasks that changed, together those that were noticed together. Returns how to stop it. */
export type ListenToTasks = (listener: (changes: readonly TaskChange[]) => void) => () => void;

/** What puts a task on the list of ready ones, or takes it off. */
const READY_TYPES = new Set([
  'task.ready',
  'task.claimed',
  'task.blocked',
  'task.released',
  'task.expired',
  'task.answered',
  'task.cancelled',
  'task.failed',
  'task.dead',
]);

/**
 * The bus from which the listeners of one caller hear that resources changed. What it tells comes from the stream, so a change made by
 * another hub of the same database is told as well, and only about tasks that the caller may see.
 */
export function createNoticeBus(listen: ListenToTasks, isVisible: (repo: string | null) => boolean): ServerEventBus {
  return {
    subscribe: (tell) =>
      listen((changes) => {
        const visible = changes.filter(({ repo }) => isVisible(repo));
        if (visible.some(({ type }) => READY_TYPES.has(type))) tell({ kind: 'resource_updated', uri: READY_URI });
        for (const id of new Set(visible.map((change) => change.id)))
          tell({ kind: 'resource_updated', uri: toTaskUri(id) });
      }),
    publish: () => {
      throw new Error('Only the stream publishes here');
    },
  };
}
