import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A Matrix homeserver for tests: a real HTTP server that remembers, and refuses what a real one refuses. It knows of the client-server API
 * what a bot that posts needs (https://spec.matrix.org/latest/client-server-api/). Stricter than real ones in one thing: an edit that
 * clients would ignore is refused, so that it does not go unnoticed.
 */
export interface MatrixHomeserver {
  /** Address, without a slash at the end. */
  readonly url: string;
  /** The first account, `@fettle:<server>`, and its access token. */
  readonly userId: string;
  readonly token: string;
  /** Every request that came, in order. */
  readonly requests: readonly MatrixRequest[];
  /** Decides about each request before it is looked at, until it is set to undefined. */
  interfere: MatrixInterference | undefined;
  /** Another access token, which is another device: of the first account, or of a new one. */
  createToken(userId?: string): string;
  revokeToken(token: string): void;
  createRoom(options?: RoomOptions): string;
  /** Lets another room have an alias. */
  pointAlias(alias: string, roomId: string): void;
  invite(roomId: string, userId?: string): void;
  kick(roomId: string, userId?: string): void;
  /** Members may no longer post. */
  silence(roomId: string): void;
  encrypt(roomId: string): void;
  /** What a client shows in a room, by alias or id: messages in order, each with its latest edit applied. */
  messages(room: string): ShownMessage[];
  /** Every event that was posted to a room, edits included. */
  events(room: string): readonly MatrixEvent[];
  /** Forgets the transaction ids, as a server may after a while. */
  forgetTransactions(): void;
  close(): Promise<void>;
}

export interface RoomOptions {
  /** `#name`; the server is added. */
  readonly alias?: string;
  /** Everybody may join; default true. */
  readonly isPublic?: boolean;
  readonly isEncrypted?: boolean;
}

export interface MatrixRequest {
  readonly method: string;
  /** Without the query, decoded. */
  readonly path: string;
  /** As it came. */
  readonly rawUrl: string;
  readonly status: number | null;
  /** The answer was that of an earlier request with the same transaction id. */
  readonly isReplay: boolean;
}

export interface MatrixAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What happens instead of an answer: another answer; `drop` closes the connection before anything is done, `drop-after` does what
 * was asked and then closes it, `half` does it and sends half of the answer, `hang` never answers. Undefined lets it through. May take
 * its time.
 */
export type MatrixInterference = (request: {
  readonly method: string;
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}) => Interfering | Promise<Interfering>;
type Interfering = MatrixAnswer | 'drop' | 'drop-after' | 'half' | 'hang' | undefined;

export interface MatrixEvent {
  readonly eventId: string;
  readonly sender: string;
  readonly transactionId: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface ShownMessage {
  readonly eventId: string;
  readonly sender: string;
  readonly msgtype: string;
  readonly body: string;
  readonly html: string;
  /** Edits that clients apply. */
  readonly edits: number;
}

interface Room {
  readonly id: string;
  readonly isPublic: boolean;
  readonly members: Set<string>;
  readonly invited: Set<string>;
  readonly events: MatrixEvent[];
  isEncrypted: boolean;
  isSilent: boolean;
}

const MAX_EVENT_BYTES = 65_536;
const SERVER_NAME = 'test.example';

/** The answer of a server that is asked too often: how long to wait is in the header, in the body, or not told. */
export function toLimited(wait: { readonly seconds?: number; readonly retryAfterMs?: number } = {}): MatrixAnswer {
  return {
    status: 429,
    headers: wait.seconds === undefined ? {} : { 'retry-after': String(wait.seconds) },
    body: {
      errcode: 'M_LIMIT_EXCEEDED',
      error: 'Too Many Requests',
      ...(wait.retryAfterMs === undefined ? {} : { retry_after_ms: wait.retryAfterMs }),
    },
  };
}

class Refusal extends Error {
  readonly status: number;
  readonly errcode: string;
  constructor(status: number, errcode: string, words: string) {
    super(words);
    this.status = status;
    this.errcode = errcode;
  }
}

/** Starts a homeserver on a free port of this machine; whoever starts it closes it. */
export async function startMatrixHomeserver(): Promise<MatrixHomeserver> {
  const rooms = new Map<string, Room>();
  const aliases = new Map<string, string>();
  const tokens = new Map<string, string>();
  const transactions = new Map<string, string>();
  const requests: MatrixRequest[] = [];
  let interfere: MatrixInterference | undefined;
  let count = 0;

  const toNext = (prefix: string) => `${prefix}${(count += 1)}`;
  const createToken = (userId = `@fettle:${SERVER_NAME}`) => {
    const token = toNext('syt_secret_');
    tokens.set(token, userId);
    return token;
  };
  const getRoom = (room: string): Room => {
    const found = rooms.get(room.startsWith('#') ? (aliases.get(room) ?? '') : room);
    if (found === undefined) throw new Refusal(404, 'M_NOT_FOUND', `Room ${room} not found`);
    return found;
  };
  /** A server does not tell strangers whether a room exists. */
  const getOwnRoom = (roomId: string, userId: string): Room => {
    const room = rooms.get(roomId);
    if (room?.members.has(userId) === true) return room;
    throw new Refusal(403, 'M_FORBIDDEN', `User ${userId} not in room ${roomId}`);
  };

  const answerTo = (call: Call): MatrixAnswer & { readonly isReplay?: boolean } => {
    const { method, parts, userId } = call;
    const [area = '', first = '', second = '', third = '', fourth = ''] = parts;
    const route = `${method} ${area}${area === 'rooms' ? ` ${second}` : ''}`;
    switch (route) {
      case 'GET account':
        return { status: 200, body: { user_id: userId, device_id: call.token } };
      case 'GET directory': {
        const roomId = aliases.get(second);
        if (first !== 'room' || roomId === undefined) throw new Refusal(404, 'M_NOT_FOUND', 'Room alias not found');
        return { status: 200, body: { room_id: roomId, servers: [SERVER_NAME] } };
      }
      case 'POST join': {
        const room = getRoom(first);
        if (!room.isPublic && !room.invited.has(userId) && !room.members.has(userId))
          throw new Refusal(403, 'M_FORBIDDEN', 'You are not invited to this room.');
        room.members.add(userId);
        return { status: 200, body: { room_id: room.id } };
      }
      case 'GET rooms state': {
        const room = getOwnRoom(first, userId);
        if (third !== 'm.room.encryption' || !room.isEncrypted)
          throw new Refusal(404, 'M_NOT_FOUND', 'Event not found.');
        return { status: 200, body: { algorithm: 'm.megolm.v1.aes-sha2' } };
      }
      case 'PUT rooms send':
        return takeEvent(call, getOwnRoom(first, userId), third, fourth);
      default:
        throw new Refusal(404, 'M_UNRECOGNIZED', 'Unrecognized request');
    }
  };

  function takeEvent(call: Call, room: Room, type: string, transactionId: string) {
    const key = JSON.stringify([call.token, room.id, type, transactionId]);
    const former = transactions.get(key);
    if (former !== undefined) return { status: 200, body: { event_id: former }, isReplay: true };
    if (room.isSilent) throw new Refusal(403, 'M_FORBIDDEN', 'You don’t have permission to post to the room.');
    if (call.bytes > MAX_EVENT_BYTES - 1_000) throw new Refusal(413, 'M_TOO_LARGE', 'event too large');
    if (type !== 'm.room.message' || transactionId === '') throw new Refusal(400, 'M_UNKNOWN', 'Not a message');
    requireMessage(call.content);
    requireEditable(call.content, room, call.userId);
    const eventId = toNext('$event_');
    room.events.push({ eventId, sender: call.userId, transactionId, content: call.content });
    transactions.set(key, eventId);
    return { status: 200, body: { event_id: eventId } };
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const rawUrl = message.url ?? '';
    const method = message.method ?? '';
    const bytes = await readAll(message);
    const path = decodeURIComponent(rawUrl.split('?', 1)[0] ?? '');
    const record = (status: number | null, isReplay = false) => {
      requests.push({ method, path, rawUrl, status, isReplay });
    };
    const content = readContent(bytes);
    const wanted = await interfere?.({ method, path, content: content ?? {} });
    if (wanted === 'hang') return record(null);
    if (wanted === 'drop') {
      record(null);
      response.destroy();
      return;
    }
    let answer: MatrixAnswer & { readonly isReplay?: boolean };
    if (typeof wanted === 'object') answer = wanted;
    else {
      try {
        answer = answerTo(
          toCall({ method, rawUrl, authorization: message.headers.authorization, content, bytes, tokens }),
        );
      } catch (error) {
        answer = toRefused(error);
      }
    }
    if (wanted === 'drop-after') {
      record(null, answer.isReplay);
      response.destroy();
      return;
    }
    record(answer.status, answer.isReplay);
    send(response, answer, wanted === 'half');
  }

  const server = createServer((message, response) => {
    void serve(message, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const userId = `@fettle:${SERVER_NAME}`;
  const events = (room: string) => getRoom(room).events;

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    userId,
    token: createToken(),
    requests,
    get interfere() {
      return interfere;
    },
    set interfere(value) {
      interfere = value;
    },
    createToken,
    revokeToken: (token) => void tokens.delete(token),
    createRoom({ alias, isPublic = true, isEncrypted = false } = {}) {
      const id = `${toNext('!room')}:${SERVER_NAME}`;
      rooms.set(id, { id, isPublic, isEncrypted, members: new Set(), invited: new Set(), events: [], isSilent: false });
      if (alias !== undefined) aliases.set(`${alias}:${SERVER_NAME}`, id);
      return id;
    },
    pointAlias: (alias, roomId) => void aliases.set(`${alias}:${SERVER_NAME}`, roomId),
    invite: (roomId, invited = userId) => void getRoom(roomId).invited.add(invited),
    kick(roomId, kicked = userId) {
      getRoom(roomId).members.delete(kicked);
      getRoom(roomId).invited.delete(kicked);
    },
    silence: (roomId) => void (getRoom(roomId).isSilent = true),
    encrypt: (roomId) => void (getRoom(roomId).isEncrypted = true),
    messages: (room) => toShown(events(room)),
    events,
    forgetTransactions: () => transactions.clear(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Call {
  readonly method: string;
  /** Path after the version, decoded part by part. */
  readonly parts: readonly string[];
  readonly token: string;
  readonly userId: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

function toCall(request: {
  readonly method: string;
  readonly rawUrl: string;
  readonly authorization: string | undefined;
  readonly content: Readonly<Record<string, unknown>> | undefined;
  readonly bytes: Buffer;
  readonly tokens: ReadonlyMap<string, string>;
}): Call {
  const { method, rawUrl, authorization, content, bytes, tokens } = request;
  const path = /^\/_matrix\/client\/v3\/([^?]+)/.exec(rawUrl)?.[1];
  if (path === undefined) throw new Refusal(404, 'M_UNRECOGNIZED', 'Unrecognized request');
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal(401, 'M_MISSING_TOKEN', 'Missing access token');
  const userId = tokens.get(token);
  if (userId === undefined) throw new Refusal(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.');
  if (content === undefined) throw new Refusal(400, 'M_NOT_JSON', 'Content not JSON.');
  return { method, parts: path.split('/').map(decodeURIComponent), token, userId, content, bytes: bytes.length };
}

function requireMessage(content: Readonly<Record<string, unknown>>): void {
  const { msgtype, body, format, formatted_body: html } = content;
  const isHtmlFine = html === undefined || (typeof html === 'string' && format === 'org.matrix.custom.html');
  if (typeof msgtype === 'string' && typeof body === 'string' && isHtmlFine) return;
  throw new Refusal(400, 'M_BAD_JSON', 'Not the content of a message');
}

function requireEditable(content: Readonly<Record<string, unknown>>, room: Room, sender: string): void {
  const relation = content['m.relates_to'] as { rel_type?: string; event_id?: string } | undefined;
  if (relation === undefined) return;
  const target = room.events.find(({ eventId }) => eventId === relation.event_id);
  const isFine = relation.rel_type === 'm.replace' && target?.sender === sender && !isEdit(target);
  if (!isFine) throw new Refusal(400, 'M_INVALID_PARAM', 'Not an edit that clients would show');
  requireMessage((content['m.new_content'] ?? {}) as Record<string, unknown>);
}

function isEdit({ content }: MatrixEvent): boolean {
  return content['m.relates_to'] !== undefined;
}

function toShown(events: readonly MatrixEvent[]): ShownMessage[] {
  return events
    .filter((event) => !isEdit(event))
    .map((event) => {
      const edits = events.filter(
        ({ content }) => (content['m.relates_to'] as { event_id: string } | undefined)?.event_id === event.eventId,
      );
      const shown = (edits.at(-1)?.content['m.new_content'] ?? event.content) as Record<string, string | undefined>;
      const { msgtype = '', body = '', formatted_body: html = '' } = shown;
      return { eventId: event.eventId, sender: event.sender, msgtype, body, html, edits: edits.length };
    });
}

function toRefused(error: unknown): MatrixAnswer {
  if (error instanceof Refusal) return { status: error.status, body: { errcode: error.errcode, error: error.message } };
  // A defect of this server must be seen, not be taken for a failure that it plays.
  return { status: 500, body: { errcode: 'M_UNKNOWN', error: String(error) } };
}

function send(response: ServerResponse, { status, body = {}, headers = {} }: MatrixAnswer, isHalf: boolean): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  if (!isHalf) response.end(text);
  else response.write(text.slice(0, text.length / 2), () => response.destroy());
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** An object, empty for an empty body; undefined when it is neither. */
function readContent(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
