import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import type { MessageContent } from './content.ts';
import { readObject, toMatrixError, toMatrixRefusal, toNonsenseError } from './errors.ts';

/** The few requests of the client-server API that a notification needs: https://spec.matrix.org/latest/client-server-api/ */
export interface Homeserver {
  readonly url: string;
  readonly token: string;
  /** The room behind an alias, and servers that know it. */
  findRoom(alias: string): Promise<{ readonly roomId: string; readonly servers: readonly string[] }>;
  /** Joins; does nothing when the account is in the room. */
  join(roomId: string, servers: readonly string[]): Promise<void>;
  isEncrypted(roomId: string): Promise<boolean>;
  /**
   * Sends a message. The same `transactionId` again, by the same access token and in the same room, is the same message: it is
   * not posted twice and gives the same id.
   * @returns the id of the event.
   * @throws FettleError `access_refused` also when the account is no longer in the room.
   */
  send(roomId: string, transactionId: string, content: MessageContent): Promise<string>;
}

/** Every status that is no success: the answer says more than the status. */
const REFUSALS = Array.from({ length: 300 }, (_, index) => 300 + index);
const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_SERVERS = 3;

/** @throws FettleError `rule_invalid` when no homeserver is configured. */
export function openHomeserver(context: RunContext): Homeserver {
  const { url, token } = readSettings(context.config());
  const host = new URL(url).host;

  async function ask(method: string, path: string, body?: unknown) {
    const answer = await context.request({
      url: `${url}/_matrix/client/v3/${path}`,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      maxBytes: MAX_ANSWER_BYTES,
      accept: REFUSALS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const isRefused = answer.status < 200 || answer.status >= 300;
    return isRefused ? { refusal: toMatrixRefusal(answer, token) } : { told: readObject(answer.body) };
  }

  return {
    url,
    token,
    async findRoom(alias) {
      const { told, refusal } = await ask('GET', `directory/room/${encodePart(alias)}`);
      if (refusal !== undefined) throw toMatrixError(host, refusal, DIRECTORY_HINTS);
      if (typeof told.room_id !== 'string') throw toNonsenseError(host, 'room_id');
      const servers = Array.isArray(told.servers) ? told.servers.filter((server) => typeof server === 'string') : [];
      return { roomId: told.room_id, servers };
    },
    async join(roomId, servers) {
      const via = servers.slice(0, MAX_SERVERS).map((server) => `via=${encodePart(server)}`);
      const query = via.length === 0 ? '' : `?${via.join('&')}`;
      const { refusal } = await ask('POST', `join/${encodePart(roomId)}${query}`, {});
      if (refusal !== undefined) throw toMatrixError(host, refusal, JOIN_HINTS);
    },
    async isEncrypted(roomId) {
      const { told, refusal } = await ask('GET', `rooms/${encodePart(roomId)}/state/m.room.encryption/`);
      if (refusal === undefined) return told.algorithm !== undefined;
      // No such state: https://spec.matrix.org/latest/client-server-api/#get_matrixclientv3roomsroomidstateeventtypestatekey
      if (refusal.status === 404) return false;
      throw toMatrixError(host, refusal, JOIN_HINTS);
    },
    async send(roomId, transactionId, content) {
      const path = `rooms/${encodePart(roomId)}/send/m.room.message/${encodePart(transactionId)}`;
      const { told, refusal } = await ask('PUT', path, content);
      if (refusal !== undefined) throw toMatrixError(host, refusal, SEND_HINTS);
      if (typeof told.event_id !== 'string') throw toNonsenseError(host, 'event_id');
      return told.event_id;
    },
  };
}

function readSettings({ matrix }: Config): { readonly url: string; readonly token: string } {
  const { homeserver, token } = matrix;
  if (homeserver !== null && token !== null) return { url: homeserver, token };
  const missing = [homeserver === null ? '`matrix.homeserver`' : '', token === null ? '`matrix.token`' : ''];
  throw new FettleError(
    'rule_invalid',
    `\`matrix.notify\` needs ${missing.filter((name) => name !== '').join(' and ')}: set them in fettle.yaml, the token as a reference such as \${env:MATRIX_TOKEN}, and redrive the run.`,
  );
}

/** One part of a path. Room ids begin with `!`, which `encodeURIComponent` leaves as it is. */
export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const INVITE = 'Invite the account of `matrix.token` to the room, or make the room public; then redrive the run.';

const DIRECTORY_HINTS = {
  M_NOT_FOUND: 'There is no room of that alias: correct `room` in the rule.',
  M_INVALID_PARAM: 'The alias is not valid: it looks like #releases:example.org.',
};
const JOIN_HINTS = {
  M_FORBIDDEN: INVITE,
  M_NOT_FOUND: 'There is no such room, or no server of it can be reached: correct `room` in the rule.',
  M_UNKNOWN: 'The room cannot be joined: check `room` in the rule.',
  M_INVALID_PARAM: 'The room id is not valid: it looks like !abc:example.org.',
};
const SEND_HINTS = {
  M_FORBIDDEN: `The account may not post in the room. ${INVITE} Or it lacks the power level to post there.`,
  M_NOT_FOUND: 'There is no such room: correct `room` in the rule.',
  M_TOO_LARGE: 'The message is too large: shorten `text` in the rule.',
};
