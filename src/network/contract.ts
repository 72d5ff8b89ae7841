/**
 * The one way out: every HTTP request that Fettle makes goes through here. It reaches public addresses and the configured private
 * networks only, follows no redirect unless asked, and limits size and time. What it says in errors and logs names the
 * host and the status, never a path, a query, a header or a body.
 */
export interface OutgoingHttp {
  /**
   * Sends one request and reads the whole answer, whatever its status.
   * @throws FettleError `address_forbidden`, or `upstream_failed` when no complete answer came; the reason of `signal` when
   * the caller gave up.
   */
  request(request: OutgoingRequest): Promise<OutgoingResponse>;
  /** The same client in the shape of `fetch`, for libraries. Redirects are followed only with `redirect: 'follow'`. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Changes the private networks. Connections made under the old list are not used again.
   * @throws FettleError `config_invalid`; the old list then stays.
   */
  setAllowPrivate(networks: readonly string[]): void;
  /** Drops all connections; unfinished requests fail. */
  close(): Promise<void>;
}

export interface OutgoingRequest {
  readonly url: string | URL;
  /** Default GET. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Buffer | undefined;
  /** Time for everything: lookup, connection, answer and its body, redirects included. */
  readonly timeoutMs?: number | undefined;
  /** Largest body of the answer. */
  readonly maxBytes?: number | undefined;
  /** How many redirects to follow; default none. Headers stay behind when the origin changes. */
  readonly maxRedirects?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Use a connection of its own. One that was kept may have been closed by the other side at that moment, and then nobody knows whether
   * the request arrived; for requests that must not be repeated.
   */
  readonly ownConnection?: boolean | undefined;
}

export interface OutgoingResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma, `set-cookie` by a line break. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the answer came from, after redirects. */
  readonly url: string;
}

/** The part of a logger that is used; pino's has it. */
export interface OutgoingLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
