import { z } from 'zod';

/**
 * The option table: every option of Fettle, once. The parser, the JSON Schema for editors, the environment variables, `--help`,
 * the documentation page and the start-up summary all derive from it. To add an option: add a row, use it, run `npm run docs`.
 */
export interface Option {
  /** Dotted path in `fettle.yaml`. Its environment variable is `FETTLE_` + the path in upper snake case. */
  readonly path: string;
  /** One sentence, with the unit where there is one. */
  readonly summary: string;
  /** Schema of the value in YAML; the environment's text is turned into it by `fromText`. */
  readonly schema: z.ZodType;
  readonly default: unknown;
  /** Further environment variables, older names that people already set; the first one set wins after the own name. */
  readonly aliases?: readonly string[];
  /** Reads the text of an environment variable whose meaning differs from YAML (a number of seconds, a comma list). */
  readonly fromText?: (text: string) => unknown;
  /** Shown as "set" or "not set"; may hold `${env:}`, `${file:}`, `${cmd:}`. */
  readonly secret?: true;
  /** `live` options take effect when the file changes; the others at the next start. */
  readonly reload: 'live' | 'restart';
}

/** `10m`, `30s`, `90d`: a whole number and a unit; becomes milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d{1,9}(ms|s|m|h|d)$/, 'expected a duration such as 30s, 10m, 12h or 90d')
  .transform((text) => toDurationMs(text));

/** `25MiB`, `2GB`, `512kB`: a number and a unit; becomes bytes. */
export const Size = z
  .string()
  .regex(/^\d{1,9}(B|kB|MB|GB|KiB|MiB|GiB)$/, 'expected a size such as 512kB, 25MiB or 2GB')
  .transform((text) => toSizeBytes(text));

const DURATION_UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE_UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

function toDurationMs(text: string): number {
  return Number.parseInt(text, 10) * (DURATION_UNITS[text.replace(/^\d+/, '')] ?? 1);
}

function toSizeBytes(text: string): number {
  return Number.parseInt(text, 10) * (SIZE_UNITS[text.replace(/^\d+/, '')] ?? 1);
}

const seconds = (text: string) => `${text}s`;
const commaList = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const OPTIONS = [
  {
    path: 'publicUrl',
    summary: 'Address under which forges and browsers reach the hub; its host name is accepted in requests.',
    schema: z.url({ protocol: /^https?$/ }).nullable(),
    default: null,
    reload: 'live',
  },
  {
    path: 'dataDir',
    summary: 'Directory for the embedded database, the inbox and generated secrets.',
    schema: z.string().min(1),
    default: './data',
    aliases: ['WEBHOOK_SERVER_DATA_DIR'],
    reload: 'restart',
  },
  {
    path: 'adminToken',
    summary: 'An admin bearer token of your own; never stored or printed. Without it one is generated.',
    schema: z.string().min(16).nullable(),
    default: null,
    secret: true,
    reload: 'restart',
  },

  {
    path: 'http.host',
    summary: 'Address to listen on.',
    schema: z.string().min(1),
    default: '127.0.0.1',
    aliases: ['HOST'],
    reload: 'restart',
  },
  {
    path: 'http.port',
    summary: 'Port to listen on; 0 takes a free one.',
    schema: z.number().int().min(0).max(65_535),
    default: 8000,
    aliases: ['PORT'],
    reload: 'restart',
  },
  {
    path: 'http.trustedProxies',
    summary: 'Addresses or networks of reverse proxies whose X-Forwarded-* headers are believed.',
    schema: z.array(z.string()),
    default: [],
    fromText: commaList,
    reload: 'restart',
  },
  {
    path: 'http.corsOrigins',
    summary: 'Origins of other web pages that may read the API.',
    schema: z.array(z.string()),
    default: [],
    fromText: commaList,
    reload: 'restart',
  },
  {
    path: 'http.bodyTimeout',
    summary: 'Time a request may take to arrive.',
    schema: Duration,
    default: '30s',
    reload: 'restart',
  },

  {
    path: 'log.level',
    summary: 'Least important level that is logged.',
    schema: z.preprocess((level) => (level === 'warning' ? 'warn' : level), z.enum(LOG_LEVELS)),
    default: 'info',
    aliases: ['LOG_LEVEL'],
    reload: 'live',
  },
  {
    path: 'log.file',
    summary: 'Also write the log to this file, rotated.',
    schema: z.string().min(1).nullable(),
    default: null,
    reload: 'restart',
  },
  {
    path: 'log.maxSize',
    summary: 'Size at which the log file is rotated; it is rotated daily in any case.',
    schema: Size,
    default: '50MB',
    reload: 'restart',
  },
  {
    path: 'log.keepFiles',
    summary: 'Number of rotated log files kept.',
    schema: z.number().int().min(1).max(1000),
    default: 14,
    reload: 'restart',
  },

  {
    path: 'database.url',
    summary: 'PostgreSQL connection URL, version 15 or newer; without it the embedded database is used.',
    schema: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'expected a URL that begins with postgres://')
      .nullable(),
    default: null,
    aliases: ['DATABASE_URL'],
    secret: true,
    reload: 'restart',
  },
  {
    path: 'database.maxConnections',
    summary: 'Connections to PostgreSQL; the embedded database has one.',
    schema: z.number().int().min(2).max(200),
    default: 10,
    reload: 'restart',
  },

  { path: 'ingest.maxBody', summary: 'Largest body of a delivery.', schema: Size, default: '25MiB', reload: 'live' },
  {
    path: 'ingest.ack',
    summary: 'When a delivery is answered: once it is in the `inbox`, or once it is in the `database`.',
    schema: z.enum(['inbox', 'database']),
    default: 'inbox',
    reload: 'live',
  },
  {
    path: 'ingest.inboxLimit',
    summary: 'Largest size of the inbox; without it 2 GB or a tenth of the disk, whichever is less.',
    schema: Size.nullable(),
    default: null,
    reload: 'restart',
  },
  {
    path: 'ingest.diskReserve',
    summary: 'Free disk space below which deliveries are answered 503.',
    schema: Size,
    default: '64MiB',
    reload: 'live',
  },
  {
    path: 'ingest.bytesInFlight',
    summary: 'Bytes of bodies being received at one time, over all clients; above it requests are answered 503.',
    schema: Size,
    default: '256MiB',
    reload: 'live',
  },
  {
    path: 'ingest.unverifiedPerMinute',
    summary: 'Requests per address and minute that may fail verification before the answer is 429.',
    schema: z.number().int().min(1).max(1_000_000),
    default: 60,
    reload: 'restart',
  },

  {
    path: 'dedupe.meaningWindow',
    summary: 'How long two deliveries with the same meaning and different ids count as one.',
    schema: Duration,
    default: '10m',
    reload: 'live',
  },
  {
    path: 'retention',
    summary: 'How long deliveries, events and delivery ids are kept.',
    schema: Duration,
    default: '90d',
    reload: 'live',
  },

  {
    path: 'stream.reconnect',
    summary: 'Time after which a client should reconnect; the variable is a number of seconds.',
    schema: Duration,
    default: '5s',
    aliases: ['SSE_RECONNECT_TIME'],
    fromText: seconds,
    reload: 'live',
  },
  {
    path: 'stream.heartbeat',
    summary: 'Time between heartbeats; the variable is a number of seconds.',
    schema: Duration,
    default: '30s',
    aliases: ['SSE_HEARTBEAT_INTERVAL'],
    fromText: seconds,
    reload: 'live',
  },
  {
    path: 'stream.maxClients',
    summary: 'Largest number of stream clients; the next one is answered 503.',
    schema: z.number().int().min(0).max(1_000_000),
    default: 100,
    aliases: ['SSE_MAX_CLIENTS'],
    reload: 'live',
  },
  {
    path: 'stream.clientBuffer',
    summary: 'Bytes that may wait for a slow client before it is cut; it resumes from its cursor.',
    schema: Size,
    default: '1MiB',
    reload: 'live',
  },

  {
    path: 'activity.file',
    summary: 'Write every event as a JSON line to this file, rotated; `null` switches it off.',
    schema: z.string().min(1).nullable(),
    default: 'activity/activity.jsonl',
    reload: 'restart',
  },
  {
    path: 'activity.maxSize',
    summary: 'Size at which the activity file is rotated; it is rotated daily in any case.',
    schema: Size,
    default: '50MB',
    reload: 'restart',
  },
  {
    path: 'activity.keepDays',
    summary: 'Days that rotated activity files are kept.',
    schema: z.number().int().min(1).max(3650),
    default: 30,
    reload: 'restart',
  },

  {
    path: 'network.allowPrivate',
    summary: 'Private networks that outgoing requests may reach besides public addresses.',
    schema: z.array(z.string()),
    default: [],
    fromText: commaList,
    reload: 'live',
  },
] as const satisfies readonly Option[];
