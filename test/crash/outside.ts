import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type MatrixHomeserver, startMatrixHomeserver } from '../matrix-homeserver.ts';
import { type SeenRequest, startWebServer, type WebServer } from '../web-server.ts';

/** Rooms, as rules name them. */
export const PLAIN_ROOM = '#plain:test.example';
export const DIGEST_ROOM = '#digest:test.example';
export const NODE = 'crash_tests';
/** Of the digest, so that the rounds of a test make several. */
export const WINDOW_MS = 3_000;

/** The rules of the hub under test, by what they do. */
export const RULES = {
  plain: 'a message for each push',
  digest: 'a message for all pushes of a window',
  told: 'a service is told',
  recorded: 'the ledger',
  unknowable: 'a chat that recognises nothing',
} as const;
export type RuleKind = keyof typeof RULES;

/** An effect as it arrives outside. */
export interface Arrival {
  readonly kind: Exclude<RuleKind, 'recorded'>;
  /** Transaction id of Matrix, `webhook-id`; empty for the chat. */
  readonly key: string;
}

/**
 * What happens when an effect arrives: `before` loses the request, `made` makes the effect and never answers, `answered` makes it and
 * answers, `refused` answers 500. The function runs right after the answer was written for `answered`, before anything else is done for
 * the others.
 */
export interface Ambush {
  readonly when: 'before' | 'made' | 'answered' | 'refused';
  /** With `answered`: done before the answer. */
  readonly prepare?: () => Promise<void>;
  readonly strike: () => void | Promise<void>;
}

/** Everything that a hub with rules acts upon, on real sockets, with the memory that real services have. */
export interface Outside {
  /** For the process of the hub. */
  readonly environment: Record<string, string>;
  readonly matrix: MatrixHomeserver;
  readonly receiver: WebServer;
  readonly chat: WebServer;
  /** When each transaction id arrived at the homeserver first; milliseconds of the wall clock, which the hub shares. */
  readonly firstArrivalMs: ReadonlyMap<string, number>;
  /** Asked about each arrival until it is set to undefined. */
  ambush: ((arrival: Arrival) => Ambush | undefined) | undefined;
}

/** Starts it all; it ends with the test. `kinds` are the rules that the hub gets, by default all but that of the chat. */
export async function startOutside(
  t: TestContext,
  kinds: readonly RuleKind[] = ['plain', 'digest', 'told', 'recorded'],
): Promise<Outside> {
  const matrix = await startMatrixHomeserver();
  t.after(() => matrix.close());
  matrix.createRoom({ alias: '#plain' });
  const digestRoomId = matrix.createRoom({ alias: '#digest' });
  const firstArrivalMs = new Map<string, number>();
  let ambush: Outside['ambush'];

  matrix.interfere = async ({ method, path }) => {
    if (method !== 'PUT') return undefined;
    const key = path.slice(path.lastIndexOf('/') + 1);
    if (!firstArrivalMs.has(key)) firstArrivalMs.set(key, Date.now());
    const found = ambush?.({ kind: path.includes(digestRoomId) ? 'digest' : 'plain', key });
    if (found === undefined) return undefined;
    if (found.when === 'answered') {
      await found.prepare?.();
      setImmediate(() => void found.strike());
      return undefined;
    }
    await found.strike();
    if (found.when === 'refused') return { status: 500 };
    return found.when === 'before' ? 'drop' : 'drop-after';
  };

  const receive = async (kind: 'told' | 'unknowable', seen: SeenRequest, response: ServerResponse) => {
    const found = ambush?.({ kind, key: seen.headers['webhook-id'] ?? '' });
    if (found === undefined || found.when === 'answered') {
      await found?.prepare?.();
      response.writeHead(204).end(() => void found?.strike());
      return;
    }
    await found.strike();
    if (found.when === 'refused') response.writeHead(500).end();
    else response.destroy();
  };
  const answer = (kind: 'told' | 'unknowable') => (seen: SeenRequest, response: ServerResponse) =>
    void receive(kind, seen, response);
  const receiver = await startWebServer(t, answer('told'));
  const chat = await startWebServer(t, answer('unknowable'));

  const directory = await mkdtemp(join(tmpdir(), 'fettle-outside-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const config = join(directory, 'fettle.yaml');
  await writeFile(config, toConfig({ matrix, receiver, kinds }));
  return {
    environment: { FETTLE_CONFIG: config, CHAT_URL: chat.url },
    matrix,
    receiver,
    chat,
    firstArrivalMs,
    get ambush() {
      return ambush;
    },
    set ambush(value) {
      ambush = value;
    },
  };
}

function toConfig(parts: {
  readonly matrix: MatrixHomeserver;
  readonly receiver: WebServer;
  readonly kinds: readonly RuleKind[];
}): string {
  const { matrix, receiver, kinds } = parts;
  const actions: Record<RuleKind, [on: string, action: string]> = {
    plain: ['push', `matrix.notify: { room: "${PLAIN_ROOM}" }`],
    digest: ['push', `matrix.notify: { room: "${DIGEST_ROOM}", window: ${WINDOW_MS / 1_000}s, editEvery: 1s }`],
    told: ['[push, issue.opened]', `webhook.send: { url: "${receiver.url}/in" }`],
    recorded: ['[push, issue.opened]', `ledger.record: { node: ${NODE} }`],
    unknowable: ['push', 'slack.notify: { url: "${env:CHAT_URL}" }'],
  };
  const rules = kinds.map(
    (kind) => `  - name: ${RULES[kind]}\n    on: ${actions[kind][0]}\n    do: { ${actions[kind][1]} }`,
  );
  return `
matrix: { homeserver: ${matrix.url}, token: ${matrix.token} }
network: { allowPrivate: [127.0.0.1/32] }
rules:
${rules.join('\n')}
`;
}
