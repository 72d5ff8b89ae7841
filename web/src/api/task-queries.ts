import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, postJson } from './request.ts';
import { toGlanceInterval } from './run-queries.ts';
import { type Agent, isTaskOver, type TaskCounts, type TaskDetails } from './task-shapes.ts';

/** Everything that changes when a task does stands in the cache below this. */
export const TASKS_KEY = ['tasks'] as const;

const LIVE_MS = 3_000;
const GLANCE_MS = 10_000;

/** One task with everything that is known about it, read again while something may happen to it. */
export function useTaskDetails(id: string) {
  return useQuery({
    queryKey: [...TASKS_KEY, 'one', id],
    queryFn: ({ signal }) => getJson<TaskDetails>(`/api/v1/tasks/${encodeURIComponent(id)}`, signal),
    refetchInterval: ({ state }) => (state.data === undefined || !isTaskOver(state.data) ? LIVE_MS : GLANCE_MS),
  });
}

/** How many tasks there are by state. */
export function useTaskCounts() {
  return useQuery({
    queryKey: [...TASKS_KEY, 'counts'],
    queryFn: ({ signal }) => getJson<TaskCounts>('/api/v1/tasks/counts', signal),
    refetchInterval: ({ state }) => toGlanceInterval(state.error),
  });
}

/** The agents that have a profile, with what each has to do. */
export function useAgents() {
  return useQuery({
    queryKey: [...TASKS_KEY, 'agents'],
    queryFn: async ({ signal }) => (await getJson<{ agents: Agent[] }>('/api/v1/agents', signal)).agents,
    refetchInterval: ({ state }) => toGlanceInterval(state.error),
  });
}

/** What a person can do to a task. */
export type TaskVerb = 'approve' | 'reject' | 'cancel' | 'requeue' | 'quarantine' | 'waive';

export interface TaskMove {
  readonly verb: TaskVerb;
  readonly note?: string;
  /** For `waive`: the one that it need not wait for. */
  readonly on?: { readonly repo: string; readonly number: number };
}

/** Does to a task what a person decided. */
export function useMoveTask(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, ...body }: TaskMove) =>
      postJson<TaskDetails>(`/api/v1/tasks/${encodeURIComponent(id)}/${verb}`, body),
    onSuccess: (task) => client.setQueryData([...TASKS_KEY, 'one', id], task),
    // Whoever is refused was looking at something old.
    onSettled: () => client.invalidateQueries({ queryKey: TASKS_KEY }),
  });
}
