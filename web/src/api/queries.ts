import { useQuery } from '@tanstack/react-query';
import type { Books, DeliveryDetails, DeliverySummary, EventDetails, Forge, Health, Me } from './shapes.ts';
import { getJson, getText } from './request.ts';
import { isMoving } from './run-shapes.ts';

/** The questions that the page asks the hub, each under its key in the cache. */
export const QUERY_KEYS = { health: ['health'], books: ['books'], forges: ['forges'], me: ['me'] } as const;

const GLANCE_MS = 10_000;
const LIVE_MS = 3_000;

export function useHealth() {
  return useQuery({
    queryKey: QUERY_KEYS.health,
    queryFn: ({ signal }) => getJson<Health>('/health', signal),
    refetchInterval: GLANCE_MS,
  });
}

export function useBooks() {
  return useQuery({
    queryKey: QUERY_KEYS.books,
    queryFn: ({ signal }) => getJson<Books>('/api/v1/books', signal),
    refetchInterval: GLANCE_MS,
  });
}

export function useForges() {
  return useQuery({
    queryKey: QUERY_KEYS.forges,
    queryFn: async ({ signal }) => (await getJson<{ forges: Forge[] }>('/api/v1/forges', signal)).forges,
  });
}

export function useMe() {
  return useQuery({
    queryKey: QUERY_KEYS.me,
    queryFn: ({ signal }) => getJson<Me>('/api/v1/me', signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** One event, read again while a run of it moves. */
export function useEventDetails(id: string) {
  return useQuery({
    queryKey: ['event', id],
    queryFn: ({ signal }) => getJson<EventDetails>(`/api/v1/events/${encodeURIComponent(id)}`, signal),
    refetchInterval: ({ state }) => state.data?.runs.some(isMoving) === true && LIVE_MS,
  });
}

/** The delivery behind an event, with its other events and arrivals. */
export function useDeliveryDetails(delivery: DeliverySummary) {
  return useQuery({
    queryKey: ['delivery', delivery.id],
    queryFn: ({ signal }) => getJson<DeliveryDetails>(toDeliveryPath(delivery), signal),
  });
}

/** The body of a delivery as received, read only when somebody looks at it. */
export function useRawBody(delivery: DeliverySummary) {
  return useQuery({
    queryKey: ['raw', delivery.id],
    queryFn: ({ signal }) => getText(toRawPath(delivery), signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}

/** Address of the body of a delivery. */
export function toRawPath(delivery: DeliverySummary): string {
  return `${toDeliveryPath(delivery)}/raw`;
}

function toDeliveryPath({ forge, id }: DeliverySummary): string {
  return `/api/v1/deliveries/${encodeURIComponent(forge)}/${encodeURIComponent(id)}`;
}
