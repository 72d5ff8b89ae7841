import { z } from 'zod';
import { ACTION_OPTIONS } from './action-options.ts';
import { commaList, duration, HttpUrl, Network, size, Text, textOrList, WebOrigin } from './shapes.ts';
import { TASK_OPTIONS } from './task-options.ts';

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
  /** May hold references although it is shown. Secrets always may. */
  readonly references?: true;
  /** `live` options take effect when the file changes; the others at the next start. */
  readonly reload: 'live' | 'restart';
}

/** A bare number in the environment means seconds; everything else is read as in YAML. */
const seconds = (text: string) => (/^\d+(\.\d+)?$/.test(text) ? `${Math.round(Number(text) * 1000)}ms` : text);
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const OPTIONS = [
  {
    path: 'publicUrl',
    summary: 'Address under which forges and browsers reach the hub; its host name is accepted in requests.',
    schema: HttpUrl.nullable(),
    default: null,
    references: true,
    reload: 'live',
  },
  {
    path: 'dataDir',
    summary:
      'Directory for the embedded database, the inbox and generated secrets; a relative path counts from the configuration file, or from the working directory when it is not set there.',
    schema: Text,
    default: './data',
    aliases: ['WEBHOOK_SERVER_DATA_DIR'],
    reload: 'restart',
  },
  {
    path: 'adminToken',
    summary: 'An admin bearer token of your own; never stored or printed. Without it one is generated.',
    schema: z.string().min(16).meta({ title: 'text of at least 16 characters' }).nullable(),
    default: null,
    secret: true,
    reload: 'restart',
  },

  {
    path: 'http.host',
    summary: 'Address to listen on.',
    schema: Text,
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
    schema: textOrList(Network),
    default: [],
    fromText: commaList,
    reload: 'restart',
  },
  {
    path: 'http.corsOrigins',
    summary: 'Origins of other web pages that may read the API.',
    schema: textOrList(WebOrigin),
    default: [],
    fromText: commaList,
    reload: 'restart',
  },
  {
    path: 'http.bodyTimeout',
    summary: 'Time a request may take to arrive.',
    schema: duration('1s', '1h'),
    default: '30s',
    reload: 'restart',
  },

  {
    path: 'log.level',
    summary: 'Least important level that is logged.',
    schema: z.enum([...LOG_LEVELS, 'warning']).transform((level) => (level === 'warning' ? 'warn' : level)),
    default: 'info',
    aliases: ['LOG_LEVEL'],
    fromText: (text) => text.toLowerCase(),
    reload: 'live',
  },
  {
    path: 'log.file',
    summary: 'Also write the log to this file, rotated; a relative path is within the data directory.',
    schema: Text.nullable(),
    default: null,
    reload: 'restart',
  },
  {
    path: 'log.maxSize',
    summary: 'Size at which the log file is rotated; it is rotated daily in any case.',
    schema: size('100kB', '100GB'),
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
      .regex(/^postgres(ql)?:\/\//)
      .meta({ title: 'an address that begins with postgres://' })
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

  {
    path: 'ingest.maxBody',
    summary: 'Largest body of a delivery.',
    schema: size('1kB', '512MiB'),
    default: '25MiB',
    reload: 'live',
  },
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
    schema: size('1MB', '10000GB').nullable(),
    default: null,
    reload: 'restart',
  },
  {
    path: 'ingest.diskReserve',
    summary: 'Free disk space below which deliveries are answered 503.',
    schema: size('0B', '10000GB'),
    default: '64MiB',
    reload: 'live',
  },
  {
    path: 'ingest.bytesInFlight',
    summary: 'Bytes of bodies being received at one time, over all clients; above it requests are answered 503.',
    schema: size('1kB', '100GB'),
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
    schema: duration('0s', '30d'),
    default: '10m',
    reload: 'live',
  },
  {
    path: 'retention',
    summary: 'How long deliveries, events and delivery ids are kept.',
    schema: duration('1h', '36500d'),
    default: '90d',
    reload: 'live',
  },

  {
    path: 'stream.reconnect',
    summary: 'Time after which a client should reconnect; the variable is a number of seconds.',
    schema: duration('100ms', '1h'),
    default: '5s',
    aliases: ['SSE_RECONNECT_TIME'],
    fromText: seconds,
    reload: 'live',
  },
  {
    path: 'stream.heartbeat',
    summary: 'Time between heartbeats; the variable is a number of seconds.',
    schema: duration('1s', '1h'),
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
    schema: size('1kB', '1GiB'),
    default: '1MiB',
    reload: 'live',
  },

  {
    path: 'activity.file',
    summary:
      'Write every event as a JSON line to this file, rotated; a relative path is within the data directory, `null` switches it off.',
    schema: Text.nullable(),
    default: 'activity/activity.jsonl',
    reload: 'restart',
  },
  {
    path: 'activity.maxSize',
    summary: 'Size at which the activity file is rotated; it is rotated daily in any case.',
    schema: size('100kB', '100GB'),
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
    schema: textOrList(Network),
    default: [],
    fromText: commaList,
    reload: 'live',
  },
  ...ACTION_OPTIONS,
  ...TASK_OPTIONS,
] as const satisfies readonly Option[];

/** The path of an option. */
export type OptionPath = (typeof OPTIONS)[number]['path'];

/** What an option's value is once it is read. */
export type OptionValue<P extends OptionPath> = z.output<Extract<(typeof OPTIONS)[number], { path: P }>['schema']>;

/** The option table, as rows of one type. */
export const OPTION_LIST: readonly Option[] = OPTIONS;
