import type { ListenToTasks, TaskChange } from '../../mcp/notices.ts';
import type { StreamEvent } from '../../stream/stream-event.ts';
import type { Tail } from '../../stream/tail.ts';

/** Tells of tasks that changed, as the end of the stream shows it; read once for all listeners, and not at all while there are none. */
export function createTaskChanges(tail: Tail): ListenToTasks {
  const listeners = new Set<(changes: readonly TaskChange[]) => void>();
  let cursor = 0;
  let unlisten: (() => void) | undefined;

  function tellNews(): void {
    const changes = tail.since(cursor).flatMap(toChange);
    cursor = tail.head() ?? cursor;
    if (changes.length === 0) return;
    for (const listener of listeners) listener(changes);
  }

  return (listener) => {
    listeners.add(listener);
    if (unlisten === undefined) {
      cursor = tail.head() ?? 0;
      unlisten = tail.listen(tellNews);
    }
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      unlisten?.();
      unlisten = undefined;
    };
  };
}

function toChange({ stored }: StreamEvent): readonly TaskChange[] {
  if (!stored.type.startsWith('task.')) return [];
  const { task } = JSON.parse(stored.json) as { task?: { id: string } };
  return task === undefined ? [] : [{ id: task.id, type: stored.type, repo: stored.repo }];
}
