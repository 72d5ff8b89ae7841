/**
 * Which errors of a statement say that the database is away or busy, and so nothing about the statement itself. What is
 * listed here is retried for ever; what is not is the fault of what was being written.
 */
const ABSENT = {
  /** Error codes of the operating system. */
  system: new Set([
    'ECONNREFUSED',
    'ECONNRESET',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EPIPE',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'ENETDOWN',
    'ENOTFOUND',
    'EAI_AGAIN',
  ]),
  /** Codes that mean it only when they come from connecting: a Unix socket that is not there. */
  systemWhileConnecting: new Set(['ENOENT', 'EACCES']),
  /** SQLSTATE, or the class a SQLSTATE begins with. */
  sqlState: [
    '08', // connection exception
    '25006', // read-only: a former primary after a fail-over
    '28', // the account is not accepted (yet)
    '3D', // the database does not exist (yet)
    '53', // out of memory, disk or connections
    '57014', // cancelled, by the limit on statements: overload, not content
    '57P', // shutting down, starting up, in recovery
    '58', // the disk or the operating system failed
  ],
  /** Messages of `pg` and Kysely, which give these no code. */
  message: [
    /^Connection terminated/,
    /^timeout exceeded when trying to connect/,
    /^timeout expired$/,
    /^Client has encountered a connection error and is not queryable/,
    /^Client was closed and is not queryable/,
    /^Cannot use a pool after calling end on the pool/,
    /^driver has already been destroyed/,
  ],
} as const;

/** Two transactions got in each other's way; the same transaction, run again, can succeed. */
const CONFLICT = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock timeout
  '26000', // a pooler lost a prepared statement,
  '42P05', // or gave us somebody else's: see prepared.ts
]);

/** Whether an error says that the database is not there: not reachable, starting, full, or refusing everybody. */
export function isDatabaseAbsent(error: unknown): boolean {
  return toChain(error).some(({ code, syscall, message, isAggregateOfAbsent }) => {
    if (isAggregateOfAbsent) return true;
    if (ABSENT.message.some((pattern) => pattern.test(message))) return true;
    if (code === undefined) return false;
    if (ABSENT.system.has(code)) return true;
    if (ABSENT.systemWhileConnecting.has(code)) return syscall === 'connect';
    return /^[0-9A-Z]{5}$/.test(code) && ABSENT.sqlState.some((state) => code.startsWith(state));
  });
}

/** Whether an error says that a concurrent transaction got in the way. */
export function isConflict(error: unknown): boolean {
  return toChain(error).some(({ code }) => code !== undefined && CONFLICT.has(code));
}

interface Link {
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  readonly message: string;
  readonly isAggregateOfAbsent: boolean;
}

/** An error and its causes, outermost first. */
function toChain(error: unknown): Link[] {
  const chain: Link[] = [];
  const seen = new Set<unknown>();
  for (let current = error; current instanceof Error && !seen.has(current); current = current.cause) {
    seen.add(current);
    const { code, syscall } = current as { code?: unknown; syscall?: unknown };
    chain.push({
      code: typeof code === 'string' ? code : undefined,
      syscall: typeof syscall === 'string' ? syscall : undefined,
      message: current.message,
      // What connecting to a name with several addresses throws.
      isAggregateOfAbsent:
        current instanceof AggregateError &&
        current.errors.length > 0 &&
        current.errors.every((inner) => isDatabaseAbsent(inner)),
    });
  }
  return chain;
}
