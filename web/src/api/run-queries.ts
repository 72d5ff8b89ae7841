import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { includesRole } from '../../../src/core/access.ts';
import { useMe } from './queries.ts';
import { getJson, isPassing, postJson, toShownProblem } from './request.ts';
import {
  type ActionDefinition,
  type BulkResult,
  type Breaker,
  isMoving,
  type RunCounts,
  type RunDetails,
} from './run-shapes.ts';

/** Everything that changes when a run does stands in the cache below this. */
export const RUNS_KEY = ['runs'] as const;

const LIVE_MS = 3_000;
const GLANCE_MS = 10_000;

/** One run with everything that is known about it, read again while it moves. */
export function useRunDetails(id: string) {
  return useQuery({
    queryKey: [...RUNS_KEY, 'one', id],
    queryFn: ({ signal }) => getJson<RunDetails>(`/api/v1/runs/${encodeURIComponent(id)}`, signal),
    refetchInterval: ({ state }) => (state.data === undefined || isMoving(state.data) ? LIVE_MS : GLANCE_MS),
  });
}

/** How many runs still need something, by state and action. Refused to those who may not see all repositories. */
export function useRunCounts() {
  return useQuery({
    queryKey: [...RUNS_KEY, 'counts'],
    queryFn: ({ signal }) => getJson<RunCounts>('/api/v1/runs/counts', signal),
    refetchInterval: ({ state }) => toGlanceInterval(state.error),
  });
}

/** Destinations and credentials that are left alone. Refused to those who may not see all repositories. */
export function useBreakers() {
  return useQuery({
    queryKey: [...RUNS_KEY, 'breakers'],
    queryFn: async ({ signal }) => (await getJson<{ breakers: Breaker[] }>('/api/v1/breakers', signal)).breakers,
    refetchInterval: ({ state }) => toGlanceInterval(state.error),
  });
}

/** How often to look again; what is refused for good is not asked again. */
export function toGlanceInterval(error: Error | null): number | false {
  return error === null || isPassing(toShownProblem(error)) ? GLANCE_MS : false;
}

/** The actions that rules can name. */
export function useActions() {
  return useQuery({
    queryKey: ['actions'],
    queryFn: async ({ signal }) => (await getJson<{ actions: ActionDefinition[] }>('/api/v1/actions', signal)).actions,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether whoever is signed in may act, and not only look. */
export function useIsOperator(): boolean {
  const { data } = useMe();
  return data !== undefined && includesRole(data.role, 'operator');
}

/** Gets a run going again, or ends it. */
export function useMoveRun(id: string, verb: 'redrive' | 'cancel') {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { readonly reason?: string }) =>
      postJson<RunDetails>(`/api/v1/runs/${encodeURIComponent(id)}/${verb}`, body),
    onSuccess: (run) => client.setQueryData([...RUNS_KEY, 'one', id], run),
    // Whoever is refused was looking at something old.
    onSettled: () => client.invalidateQueries({ queryKey: RUNS_KEY }),
  });
}

/** A filter of runs as the API takes it in a body. */
export type RunSelection = Readonly<Record<string, string>>;

/** Counts the dead runs of a filter, or gets them all going again. */
export function useRedriveMany() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ selection, dryRun }: { readonly selection: RunSelection; readonly dryRun: boolean }) => {
      const body = { ...selection, state: 'dead', dryRun };
      return { dryRun, ...((await postJson<BulkResult>('/api/v1/runs/redrive', body)) as BulkResult) };
    },
    onSettled: (_result, _error, { dryRun }) => (dryRun ? undefined : client.invalidateQueries({ queryKey: RUNS_KEY })),
  });
}

/** Closes a breaker, so that what waited for it tries now. */
export function useCloseBreaker() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (scope: string) => postJson('/api/v1/breakers/close', { scope }),
    onSettled: () => client.invalidateQueries({ queryKey: RUNS_KEY }),
  });
}
