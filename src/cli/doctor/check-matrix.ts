import { readObject, toMatrixError, toMatrixRefusal } from '../../actions/matrix/errors.ts';
import { encodePart } from '../../actions/matrix/homeserver.ts';
import type { Config } from '../../config/config.ts';
import { hasTemplate } from '../../config/input-fields.ts';
import type { OutgoingHttp } from '../../network/contract.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';
import { toRuleNames, type WrittenCall } from './written-calls.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Matrix as the rules use it: does the homeserver answer, is the token valid, and can each room be posted in. Only reads: it joins no
 * room and posts nothing.
 */
export async function checkMatrix(
  { matrix: { homeserver, token } }: Pick<Config, 'matrix'>,
  calls: readonly WrittenCall[],
  outgoing: OutgoingHttp,
): Promise<Finding[]> {
  const notifying = calls.filter(({ action }) => action === 'matrix.notify');
  if (homeserver === null && notifying.length === 0) return [];
  if (homeserver === null || token === null) {
    const missing = homeserver === null ? 'matrix.homeserver' : 'matrix.token';
    const advice = `Set ${missing}, the token as a reference such as \${env:MATRIX_TOKEN}.`;
    if (notifying.length === 0) return [warn('matrix', `${missing} is not set, and no rule uses it`, advice)];
    return [fail('matrix', `${missing} is not set, and ${toRuleNames(notifying)} would post`, advice)];
  }
  const ask = createAsk(homeserver, token, outgoing);
  try {
    const { user_id: account } = await ask('account/whoami');
    const shown = typeof account === 'string' ? account : 'an account that it does not name';
    const found = ok('matrix', `${new URL(homeserver).host} answers, the token belongs to ${shown}`);
    return [found, ...(await Promise.all(toRooms(notifying).map((room) => checkRoom(room, ask)))).flat()];
  } catch (error) {
    const advice = 'Messages wait and are sent later; correct `matrix.homeserver` or `matrix.token`.';
    return [fail('matrix', toReason(error), advice)];
  }
}

type Ask = (path: string) => Promise<Readonly<Record<string, unknown>>>;

/** @throws AbsentError, OutsideError; FettleError as the action does. */
function createAsk(homeserver: string, token: string, outgoing: OutgoingHttp): Ask {
  return async (path) => {
    const answer = await outgoing.request({
      url: `${homeserver}/_matrix/client/v3/${path}`,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (answer.status >= 200 && answer.status < 300) return readObject(answer.body);
    const refusal = toMatrixRefusal(answer, token);
    if (refusal.errcode === 'M_NOT_FOUND') throw new AbsentError();
    if (refusal.errcode === 'M_FORBIDDEN') throw new OutsideError();
    throw toMatrixError(new URL(homeserver).host, refusal);
  };
}

/** What was asked for does not exist. */
class AbsentError extends Error {}
/** The account is not in the room. */
class OutsideError extends Error {}

interface Room {
  readonly room: string;
  readonly calls: readonly WrittenCall[];
  /** A call posts there that may not post into an encrypted room. */
  readonly mustBeOpen: boolean;
}

/** Rooms that depend on the event cannot be known before it. */
function toRooms(calls: readonly WrittenCall[]): Room[] {
  const byRoom = Map.groupBy(calls, ({ input }) => input['room']);
  return [...byRoom].flatMap(([room, own]) =>
    typeof room !== 'string' || hasTemplate(room)
      ? []
      : [{ room, calls: own, mustBeOpen: own.some(({ input }) => input['allowUnencrypted'] !== true) }],
  );
}

async function checkRoom({ room, calls, mustBeOpen }: Room, ask: Ask): Promise<Finding> {
  const name = `matrix: room ${room}`;
  const rules = toRuleNames(calls);
  try {
    const roomId = room.startsWith('#') ? (await ask(`directory/room/${encodePart(room)}`))['room_id'] : room;
    if (typeof roomId !== 'string') return fail(name, 'the homeserver names no room for this alias', ADVICE.absent);
    try {
      await ask(`rooms/${encodePart(roomId)}/state/m.room.encryption/`);
    } catch (error) {
      // There is no such state: the account is in the room, and the room is not encrypted.
      if (error instanceof AbsentError) return ok(name, `joined and not encrypted, for ${rules}`);
      if (error instanceof OutsideError)
        return warn(name, `the account is not in it, and ${rules} would post`, ADVICE.outside);
      throw error;
    }
    return mustBeOpen
      ? fail(name, `encrypted, and ${rules} would post`, ADVICE.encrypted)
      : ok(name, `joined; encrypted, and ${rules} may post unencrypted there`);
  } catch (error) {
    if (error instanceof AbsentError) return fail(name, `there is none, and ${rules} would post`, ADVICE.absent);
    return fail(name, error instanceof OutsideError ? 'the homeserver does not tell' : toReason(error), ADVICE.absent);
  }
}

const ADVICE = {
  absent: 'Correct `room` in the rule: an alias such as #releases:example.org, or a room id such as !abc:example.org.',
  outside: 'A public room is joined with the first message. To a private one, invite the account.',
  encrypted: 'Use a room without encryption, or set `allowUnencrypted: true` there: Fettle cannot encrypt.',
} as const;
