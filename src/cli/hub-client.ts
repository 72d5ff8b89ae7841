import { z } from 'zod';
import { type ErrorCode, ERRORS, FettleError, type TaskHolder } from '../core/errors.ts';
import type { Cli } from './cli.ts';
import type { HubOptions } from './command.ts';
import { findOwnAddress, readLocalConfig } from './local-config.ts';
import { SECRETS_FILE } from '../config/generated-secrets.ts';
import type { LoadedConfig } from '../config/load-config.ts';

/** Talks to a running hub. Errors of the hub come back as FettleErrors with its own code and words. */
export interface HubClient {
  /** Without a slash at the end. */
  readonly url: string;
  /** Sends a request as it is, without the token; any answer is a result. @throws FettleError `hub_unreachable`. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Asks with the token; the answer must have this shape. An answer without content is undefined. */
  ask<T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown, how?: AskOptions): Promise<T>;
  /** Asks with the token and gives the answer while it still arrives. */
  open(path: string): Promise<Response>;
}

export interface AskOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Time for the answer to arrive; 30 seconds without it. */
  readonly timeoutMs?: number;
  /** Gives up the wait for the answer. */
  readonly signal?: AbortSignal | undefined;
}

export interface LocalHub {
  readonly hub: HubClient;
  readonly loaded: LoadedConfig;
}

/** Time for one answer to arrive. */
const TIMEOUT_MS = 30_000;
/** Holds the token of whoever uses a hub on another machine. */
const TOKEN_VARIABLE = 'FETTLE_TOKEN';

/**
 * The hub that a command is about: the one at `--url`, else the one that this configuration starts. It is asked at its own
 * address and never at `publicUrl` by itself, so that the admin token leaves the machine only when told to. At `--url` it is asked with
 * the token in FETTLE_TOKEN, where there is one.
 */
export async function findHub(options: HubOptions, cli: Cli): Promise<LocalHub> {
  const loaded = await readLocalConfig(cli, options.config);
  const url = options.url ?? findOwnAddress(loaded);
  if (url === undefined) {
    throw new FettleError(
      'hub_unreachable',
      'The configuration lets the hub take any free port (http.port is 0). Name its address with --url.',
    );
  }
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new FettleError('invalid_request', '--url must be an address that begins with http:// or https://.');
  }
  const own = options.url === undefined ? '' : (cli.environment[TOKEN_VARIABLE] ?? '');
  return { hub: createHubClient(url, loaded, own === '' ? undefined : own), loaded };
}

/** A client for the hub at `url`; `token` is by default the admin token of this configuration. Makes no request by itself. */
export function createHubClient(
  url: string,
  { config }: LoadedConfig,
  token: string | null = config.adminToken,
): HubClient {
  const baseUrl = url.replace(/\/+$/, '');

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      // A redirect is not followed: the token is meant for this address only.
      return await fetch(`${baseUrl}${path}`, { redirect: 'manual', ...init });
    } catch (error) {
      throw toUnreachable(baseUrl, error);
    }
  }

  function authorized(init: RequestInit = {}, headers: Readonly<Record<string, string>> = {}): RequestInit {
    if (token === null) {
      throw new FettleError(
        'unauthenticated',
        `No token is known here: FETTLE_ADMIN_TOKEN is not set and ${config.dataDir} has no ${SECRETS_FILE}. Run this where the hub runs, with its configuration, or set ${TOKEN_VARIABLE} and name the hub with --url.`,
      );
    }
    return { ...init, headers: { ...headers, authorization: `Bearer ${token}` } };
  }

  return {
    url: baseUrl,
    send: (path, init) => send(path, { signal: AbortSignal.timeout(TIMEOUT_MS), ...init }),
    async ask(schema, method, path, body, { headers: given = {}, timeoutMs = TIMEOUT_MS, signal } = {}) {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = body === undefined ? given : { ...given, 'content-type': 'application/json' };
      const patience = AbortSignal.timeout(timeoutMs);
      const init = {
        method,
        signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
        ...content,
      };
      const response = await send(path, authorized(init, headers));
      if (!response.ok) throw await toRefusal(response, baseUrl);
      // A page that is not JSON fails the schema like any other wrong answer.
      const answer: unknown = response.status === 204 ? undefined : await response.json().catch(() => null);
      const parsed = schema.safeParse(answer);
      if (parsed.success) return parsed.data;
      throw new FettleError(
        'upstream_failed',
        `${baseUrl}${path} answered something else than a hub of this version would.`,
      );
    },
    async open(path) {
      const response = await send(path, authorized());
      if (!response.ok) throw await toRefusal(response, baseUrl);
      return response;
    },
  };
}

/** The problem that the hub answered, as an error. */
async function toRefusal(response: Response, url: string): Promise<FettleError> {
  const text = await response.text();
  const problem = parseProblem(text);
  if (problem !== undefined) {
    const { code, detail, holder } = problem;
    return new FettleError(code, `${detail} (answered by ${url})`, holder === undefined ? {} : { holder });
  }
  return new FettleError(
    'upstream_failed',
    `${url} answered ${response.status} and does not seem to be a hub. Check --url.`,
  );
}

const Holder = z.object({
  state: z.string(),
  agent: z.string().nullable(),
  fence: z.number(),
  expiresAt: z.string().nullable(),
});

function parseProblem(text: string): { code: ErrorCode; detail: string; holder: TaskHolder | undefined } | undefined {
  try {
    const { code, detail, holder } = JSON.parse(text) as { code?: unknown; detail?: unknown; holder?: unknown };
    if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) return undefined;
    return { code: code as ErrorCode, detail: String(detail), holder: Holder.safeParse(holder).data };
  } catch {
    return undefined;
  }
}

function toUnreachable(url: string, error: unknown): FettleError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer in time';
  return new FettleError(
    'hub_unreachable',
    `No hub answers at ${url} (${code}). Start one with \`fettle serve\` (in a clone: npm start), or name the address of a running one with --url.`,
    { cause: error },
  );
}
