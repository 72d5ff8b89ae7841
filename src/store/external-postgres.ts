import type { Socket } from 'node:net';
import pg from 'pg';
import { FettleError } from '../core/errors.ts';
import { isConflict, isDatabaseAbsent } from './database-errors.ts';
import type { LedgerEntry } from './ledger.ts';

/**
 * A second home of the ledger: tables of a PostgreSQL database that is somebody else's. The only connection to another database than
 * our own; its host is vetted by whoever gives the socket. Statements are fixed but for the names of two tables, which are checked.
 *
 *   nodes  id primary key, title, last_run_at, last_status
 *   runs   id primary key, node_id, trigger, started_at, finished_at, status, counts, url
 */
export interface ExternalLedger {
  /** `postgres://user:password@host:port/database`; a secret. */
  readonly url: string;
  readonly nodes: string;
  readonly runs: string;
  /** Makes a connection to a vetted address. */
  readonly connect: (host: string, port: number) => Promise<Socket>;
  readonly signal: AbortSignal;
}

const STATEMENT_LIMIT_MS = 10_000;

/** Whether a text names a table, with or without its schema, in characters that need no escaping. */
export function isTableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/.test(text);
}

/**
 * Writes an entry in one transaction. @returns false when the run was there already.
 * @throws FettleError whose code says whether it helps to try again; never with the address or its password.
 */
export async function writeExternalLedger(entry: LedgerEntry, ledger: ExternalLedger): Promise<boolean> {
  const address = parseAddress(ledger.url);
  const [nodes, runs] = [quoteTable(ledger.nodes), quoteTable(ledger.runs)];
  const socket = await ledger.connect(address.host, address.port);
  const client = new pg.Client({
    ...address,
    stream: () => toConnectedStream(socket),
    application_name: 'fettle',
    connectionTimeoutMillis: STATEMENT_LIMIT_MS,
    query_timeout: STATEMENT_LIMIT_MS,
  });
  // What breaks the connection also rejects the statement under way, which is where it is told.
  client.on('error', () => undefined);
  const abort = () => socket.destroy();
  ledger.signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    await client.query('begin');
    await client.query(
      `insert into ${nodes} as node (id, title, last_run_at, last_status) values ($1, coalesce($2, $1), $3, $4)
      on conflict (id) do update set title = coalesce($2, node.title),
        last_status = case when excluded.last_run_at >= node.last_run_at then excluded.last_status else node.last_status end,
        last_run_at = greatest(node.last_run_at, excluded.last_run_at)`,
      [entry.node, entry.nodeTitle, entry.startedAt, entry.status],
    );
    const { rowCount } = await client.query(
      `insert into ${runs} (id, node_id, trigger, started_at, finished_at, status, counts, url)
      values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing`,
      [
        entry.id,
        entry.node,
        entry.trigger,
        entry.startedAt,
        entry.finishedAt,
        entry.status,
        JSON.stringify(entry.counts),
        entry.url,
      ],
    );
    await client.query('commit');
    return rowCount === 1;
  } catch (error) {
    ledger.signal.throwIfAborted();
    throw toFailure(address.host, error, ledger);
  } finally {
    ledger.signal.removeEventListener('abort', abort);
    // Closing politely would wait for a server that does not answer.
    socket.destroy();
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As a function, since an empty text would make the client look for one in the environment of the hub. */
  readonly password: () => string;
  readonly database: string;
  readonly ssl: pg.ClientConfig['ssl'];
}

/** Read by hand: of the parameters that clients know, some name other hosts or files. */
function parseAddress(text: string): Address {
  const url = URL.parse(text);
  const database = decode(url?.pathname.slice(1));
  if (
    url === null ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    url.hostname === '' ||
    url.username === '' ||
    database === ''
  ) {
    throw new FettleError(
      'secret_unresolved',
      'The `url` of the sink of `ledger.record` does not stand for an address such as postgres://user:password@host:5432/database. Correct the secret.',
    );
  }
  const password = decode(url.password);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 5432 : Number(url.port),
    user: decode(url.username),
    password: () => password,
    database,
    ssl: toTls(url.searchParams.get('sslmode') ?? 'disable'),
  };
}

function toTls(mode: string): pg.ClientConfig['ssl'] {
  if (mode === 'disable') return false;
  if (mode === 'no-verify') return { rejectUnauthorized: false };
  if (['require', 'verify-ca', 'verify-full'].includes(mode)) return { rejectUnauthorized: true };
  throw new FettleError(
    'secret_unresolved',
    'The `url` of the sink of `ledger.record` has an sslmode that is not disable, no-verify, require, verify-ca or verify-full.',
  );
}

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return part ?? '';
  }
}

function quoteTable(name: string): string {
  return name
    .split('.')
    .map((part) => pg.escapeIdentifier(part))
    .join('.');
}

/** The client connects its stream itself, and then waits to be told. */
function toConnectedStream(socket: Socket): Socket {
  return Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
}

/** What an SQLSTATE, or the class it begins with, means and what to do about it; the first that fits. */
const FAILURES = [
  ['28', 'credential_refused', 'does not accept the user or the password. Correct the secret'],
  ['42501', 'access_refused', 'lets the user not write to the tables. Grant it insert, select and update on both'],
  ['3D000', 'upstream_refused', 'has no database of that name. Create it, or correct the secret'],
  ['3F000', 'upstream_refused', 'has no schema of that name. Create it, or correct the names of the tables'],
  ['42P01', 'upstream_refused', 'lacks one of the tables. Create it, or correct its name'],
  ['42703', 'upstream_refused', 'has a table that lacks a column. See the documentation of the sink for all of them'],
  ['42P10', 'upstream_refused', 'has a table whose id is not its primary key. Make it that'],
] as const;

function toFailure(host: string, error: unknown, { nodes, runs }: ExternalLedger): FettleError {
  if (error instanceof FettleError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = FAILURES.find(([state]) => code.startsWith(state));
  const where = `The database at ${host}`;
  if (known !== undefined) {
    const [, failure, words] = known;
    return new FettleError(failure, `${where} (tables ${nodes} and ${runs}) ${words}.`, { cause: error });
  }
  const isTransient = isConflict(error) || isDatabaseAbsent(error);
  if (!isTransient && /^[0-9A-Z]{5}$/.test(code)) {
    const detail = `${where} refused the entry (SQLSTATE ${code}). Compare the columns of ${nodes} and ${runs} with the documentation.`;
    return new FettleError('upstream_refused', detail, { cause: error });
  }
  const reason = code === '' && error instanceof Error ? error.message : code;
  return new FettleError(
    'upstream_failed',
    `${where} did not take the entry (${reason}). Check that it runs, and with TLS that this machine trusts its certificate.`,
    { cause: error },
  );
}
