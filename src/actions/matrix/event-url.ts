import { encodePart } from './homeserver.ts';

/** A message where it is. */
export type PostedEvent = { readonly roomId: string; readonly eventId: string };

/** The page that leads to a message in whatever client its reader uses. */
export function toEventUrl({ roomId, eventId }: PostedEvent): string {
  return `https://matrix.to/#/${encodePart(roomId)}/${encodePart(eventId)}`;
}
