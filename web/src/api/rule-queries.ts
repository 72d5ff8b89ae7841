import { useQuery } from '@tanstack/react-query';
import { getJson, toShownProblem } from './request.ts';
import type { Explanation } from './rule-shapes.ts';

/** Which rules in force match an event, which do not and why; null where the hub cannot tell. */
export function useExplanation(eventId: string) {
  return useQuery({
    queryKey: ['event', eventId, 'explanation'],
    queryFn: async ({ signal }) => {
      try {
        return await getJson<Explanation>(`/api/v1/events/${encodeURIComponent(eventId)}/explain`, signal);
      } catch (error) {
        if (toShownProblem(error).status === 404) return null;
        throw error;
      }
    },
  });
}
