import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface RequestToSend {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
  readonly agent?: Agent;
  /** Ends the request with an error when nothing moves for so long; default none. */
  readonly idleLimitMs?: number;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends one request and reads the whole answer. Rejects with the system's error when the connection fails at any point. */
export function sendRequest(url: string, options: RequestToSend = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, agent, idleLimitMs, signal } = options;
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': body.length };
    const sent = request(
      url,
      { method, headers: { ...headers, ...length }, ...(agent && { agent }), ...(signal && { signal }) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    sent.on('error', reject);
    if (idleLimitMs !== undefined) {
      sent.setTimeout(idleLimitMs, () => sent.destroy(new Error(`Nothing came for ${idleLimitMs} ms`)));
    }
    sent.end(body);
  });
}
