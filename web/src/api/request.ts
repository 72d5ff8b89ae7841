import type { Problem } from '../../../src/core/errors.ts';

/** What went wrong, as the hub says it, or as the browser knows it when the hub says nothing. */
export interface ShownProblem {
  readonly title: string;
  readonly detail: string;
  /** A code of the hub, or `unreachable` and `unexpected_answer` of ours. */
  readonly code: string;
  readonly status: number;
}

/** A request that did not succeed. */
export class RequestError extends Error {
  readonly problem: ShownProblem;

  constructor(problem: ShownProblem, options?: ErrorOptions) {
    super(problem.detail, options);
    this.name = 'RequestError';
    this.problem = problem;
  }
}

/** The problem behind anything that was thrown. */
export function toShownProblem(error: unknown): ShownProblem {
  if (error instanceof RequestError) return error.problem;
  return { title: 'Something went wrong on this page', detail: String(error), code: 'page_error', status: 0 };
}

/** Whether asking again may help: the hub is away, busy, or without its database. */
export function isPassing(problem: ShownProblem): boolean {
  return problem.status === 0 || problem.status === 429 || problem.status >= 500;
}

/** Whether nobody is signed in. A wrong sign-in code is also 401, but another matter. */
export function isSignedOut(problem: ShownProblem): boolean {
  return problem.code === 'unauthenticated';
}

/** Reads JSON of the hub. Throws a RequestError. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) });
  return (await response.json()) as T;
}

/** Reads text of the hub. Throws a RequestError. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await request(path, { ...(signal && { signal }) });
  return await response.text();
}

/** Posts JSON to the hub and reads its JSON answer, if there is one. Throws a RequestError. */
export async function postJson<T>(path: string, body?: unknown): Promise<T | undefined> {
  const response = await request(path, {
    method: 'POST',
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return response.status === 204 ? undefined : ((await response.json()) as T);
}

async function request(path: string, options: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const detail = 'The hub does not answer. It may be restarting, or this device is offline; this page keeps trying.';
    throw new RequestError(
      { title: 'The hub is out of reach', detail, code: 'unreachable', status: 0 },
      { cause: error },
    );
  }
  if (response.ok) return response;
  throw new RequestError(await readProblem(response));
}

async function readProblem(response: Response): Promise<ShownProblem> {
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (/\bjson\b/.test(type)) {
    const { title, detail, code } = (await response.json()) as Problem;
    return { title, detail, code, status };
  }
  const detail = `The answer was ${status} ${response.statusText} and not from Fettle. Is a proxy in between?`;
  return { title: 'Unexpected answer', detail, code: 'unexpected_answer', status };
}
