import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, postJson, toShownProblem } from './request.ts';
import type { Explanation, RulePause } from './rule-shapes.ts';
import { isMoving } from './run-shapes.ts';
import { RUNS_KEY, toGlanceInterval } from './run-queries.ts';

const LIVE_MS = 3_000;

/** Which rules in force match an event, which do not and why; null where the hub cannot tell. */
export function useExplanation(eventId: string) {
  return useQuery({
    queryKey: ['event', eventId, 'explanation'],
    queryFn: ({ signal }) =>
      orNull(getJson<Explanation>(`/api/v1/events/${encodeURIComponent(eventId)}/explain`, signal)),
    refetchInterval: ({ state }) => state.data?.rules.some(({ runs }) => runs.some(isMoving)) === true && LIVE_MS,
  });
}

/** Rules that are paused for a place. Refused to those who may not see all repositories; null where the hub knows no pauses. */
export function useRulePauses() {
  return useQuery({
    queryKey: [...RUNS_KEY, 'pauses'],
    queryFn: async ({ signal }) =>
      (await orNull(getJson<{ pauses: RulePause[] }>('/api/v1/rules/pauses', signal)))?.pauses ?? [],
    refetchInterval: ({ state }) => toGlanceInterval(state.error),
  });
}

/** Lets a paused rule go on, everywhere. */
export function useResumeRule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (rule: string) => postJson('/api/v1/rules/resume', { rule }),
    onSettled: () => client.invalidateQueries({ queryKey: RUNS_KEY }),
  });
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (toShownProblem(error).status === 404) return null;
    throw error;
  }
}
