/**
 * The error registry: every error that a caller may see has a stable code here, the HTTP status it answers with, whether
 * trying again can help, and a title. Callers switch on `code`, never on text. `detail` says what happened, where, and what
 * to do next. docs/errors.md is generated from this table and a test keeps both equal.
 */
export const ERRORS = {
  // Receiving a delivery
  unknown_forge: { status: 404, retryable: false, title: 'No forge of that name' },
  ambiguous_alias: { status: 404, retryable: false, title: 'Several forges could be meant' },
  signature_missing: { status: 401, retryable: false, title: 'The delivery is not signed' },
  signature_invalid: { status: 401, retryable: false, title: 'The signature does not match' },
  signature_stale: { status: 401, retryable: false, title: 'The signed time is too far from now' },
  no_secret: { status: 401, retryable: false, title: 'No secret is on record for this forge' },
  insecure_transport: { status: 401, retryable: false, title: 'A bare secret came over plain HTTP' },
  body_too_large: { status: 413, retryable: false, title: 'The body is larger than the limit' },
  not_json: { status: 422, retryable: false, title: 'The body is not valid JSON' },
  not_a_delivery: { status: 422, retryable: false, title: 'Not a delivery of this kind of forge' },
  too_many_unverified: { status: 429, retryable: true, title: 'Too many unverified requests from this address' },
  inbox_full: { status: 503, retryable: true, title: 'The inbox is full' },
  inbox_unavailable: { status: 503, retryable: true, title: 'The delivery could not be made durable' },
  too_busy: { status: 503, retryable: true, title: 'Too many bytes are in flight' },

  // Reading
  unauthenticated: { status: 401, retryable: false, title: 'Sign in first' },
  forbidden: { status: 403, retryable: false, title: 'Not allowed' },
  bad_host: { status: 421, retryable: false, title: 'This host name is not ours' },
  bad_origin: { status: 403, retryable: false, title: 'This origin is not allowed' },
  not_found: { status: 404, retryable: false, title: 'Not found' },
  method_not_allowed: { status: 405, retryable: false, title: 'This method is not allowed here' },
  invalid_request: { status: 400, retryable: false, title: 'The request is not valid' },
  unsupported_media_type: { status: 415, retryable: false, title: 'This content type is not accepted here' },
  request_timeout: { status: 408, retryable: true, title: 'The request took too long to arrive' },
  headers_too_large: { status: 431, retryable: false, title: 'The request headers are too large' },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests' },
  too_many_clients: { status: 503, retryable: true, title: 'Too many stream clients' },
  store_unavailable: { status: 503, retryable: true, title: 'The database is not reachable' },
  code_invalid: { status: 401, retryable: false, title: 'The sign-in code is not valid' },
  internal: { status: 500, retryable: true, title: 'Something went wrong inside Fettle' },

  // Starting and configuring
  config_invalid: { status: 500, retryable: false, title: 'The configuration is not valid' },
  config_unreadable: { status: 500, retryable: false, title: 'The configuration cannot be read' },
  secret_unresolved: { status: 500, retryable: false, title: 'A secret cannot be resolved' },
  data_dir_locked: { status: 500, retryable: true, title: 'Another process uses this data directory' },
  data_dir_unusable: { status: 500, retryable: false, title: 'The data directory cannot be used' },
  schema_too_new: { status: 500, retryable: false, title: 'The database belongs to a newer Fettle' },
  database_unsupported: { status: 500, retryable: false, title: 'The database server is too old' },
  rule_invalid: { status: 422, retryable: false, title: 'A rule is not valid' },
  address_in_use: { status: 500, retryable: true, title: 'The port is taken' },
  hub_unreachable: { status: 500, retryable: true, title: 'No running hub was found' },

  // Talking to others
  address_forbidden: { status: 502, retryable: false, title: 'Outgoing requests may not go to this address' },
  upstream_failed: { status: 502, retryable: true, title: 'The other side did not answer as expected' },
  upstream_busy: { status: 503, retryable: true, title: 'The other side asks to come back later' },
  upstream_refused: { status: 502, retryable: false, title: 'The other side refused the request' },
  credential_refused: { status: 502, retryable: false, title: 'The other side does not accept the credential' },
  access_refused: { status: 502, retryable: false, title: 'The credential may not do this there' },

  // Running actions
  template_failed: { status: 422, retryable: false, title: 'A template could not be rendered' },
  input_invalid: { status: 422, retryable: false, title: 'The input of an action is not valid' },
  action_forbidden: { status: 403, retryable: false, title: 'This action is not allowed here' },
  run_timeout: { status: 504, retryable: true, title: 'The attempt took too long' },
  outcome_unknown: { status: 502, retryable: false, title: 'It is not known whether the effect was made' },
  run_not_movable: { status: 409, retryable: false, title: 'The run is in a state that does not allow this' },

  // Tasks
  lease_stale: { status: 409, retryable: false, title: 'This lease does not hold the task any more' },
  task_not_movable: { status: 409, retryable: false, title: 'The task is in a state that does not allow this' },
  task_cancelled: { status: 409, retryable: false, title: 'The task was called off' },
  agent_unknown: { status: 422, retryable: false, title: 'No agent of that name is known' },
  idempotency_key_reused: { status: 422, retryable: false, title: 'This idempotency key was used for another request' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS;

/** An RFC 9457 problem document. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly instance?: string;
  /** For `lease_stale` and `task_cancelled`: who holds the task now, and in which state it is. */
  readonly holder?: TaskHolder;
}

/** Who holds a task; all null when nobody does. */
export interface TaskHolder {
  readonly state: string;
  readonly agent: string | null;
  readonly fence: number;
  readonly expiresAt: string | null;
}

/** An expected failure. `detail` must hold no secret: it is shown to the caller and logged. */
export class FettleError extends Error {
  readonly code: ErrorCode;
  /** Seconds after which trying again makes sense. */
  readonly retryAfterSeconds: number | undefined;
  /** The other side may have acted although no answer came; false when it certainly did not or answered. */
  readonly outcomeUnknown: boolean;
  /** For an error about a lease. */
  readonly holder: TaskHolder | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; retryAfterSeconds?: number; outcomeUnknown?: boolean; holder?: TaskHolder } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FettleError';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.holder = options.holder;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** The problem document for an error code. `instance` is the path or correlation id of the request. */
export function toProblem(code: ErrorCode, detail: string, instance?: string, holder?: TaskHolder): Problem {
  const { status, title } = ERRORS[code];
  return {
    type: `https://fettle.dev/errors#${code}`,
    title,
    status,
    detail,
    code,
    ...(instance === undefined ? {} : { instance }),
    ...(holder === undefined ? {} : { holder }),
  };
}
