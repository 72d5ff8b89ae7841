import { createHash } from 'node:crypto';
import { FettleError } from '../../core/errors.ts';
import type { Homeserver } from './homeserver.ts';

/** A room that the account is in. */
export interface JoinedRoom {
  readonly roomId: string;
  readonly isEncrypted: boolean;
}

/** How long it is taken for granted that the account is in a room, and whether that is encrypted. */
const KEPT_MS = 600_000;
const MAX_KEPT = 1_000;

const known = new Map<string, JoinedRoom & { readonly untilMs: number }>();

/** Resolves a room, joins it and looks whether it is encrypted, unless that was done lately. */
export async function ensureJoined(homeserver: Homeserver, room: string, nowMs: number): Promise<JoinedRoom> {
  const key = toKey(homeserver, room);
  const kept = known.get(key);
  if (kept !== undefined && kept.untilMs > nowMs) return kept;
  const { roomId, servers } = await findRoom(homeserver, room);
  await homeserver.join(roomId, servers);
  const joined = { roomId, isEncrypted: await homeserver.isEncrypted(roomId) };
  known.delete(key);
  known.set(key, { ...joined, untilMs: nowMs + KEPT_MS });
  if (known.size > MAX_KEPT) known.delete(known.keys().next().value ?? '');
  return joined;
}

/** Makes the next `ensureJoined` ask again. */
export function forgetRoom(homeserver: Homeserver, room: string): void {
  known.delete(toKey(homeserver, room));
}

async function findRoom(homeserver: Homeserver, room: string) {
  if (room.startsWith('#') && room.includes(':')) return await homeserver.findRoom(room);
  if (room.startsWith('!')) return { roomId: room, servers: [] };
  throw new FettleError(
    'input_invalid',
    'The room is neither an alias such as #releases:example.org nor a room id such as !abc:example.org: correct `room` in the rule.',
  );
}

function toKey({ url, token }: Homeserver, room: string): string {
  return createHash('sha256')
    .update(JSON.stringify([url, token, room]))
    .digest('base64');
}
