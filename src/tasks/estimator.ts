import { cleanText } from '../core/clean-text.ts';
import { FettleError } from '../core/errors.ts';
import type { OutgoingRequest, OutgoingResponse } from '../network/contract.ts';
import type { Understanding } from './contract.ts';
import type { SubjectFacts } from './machine/contract.ts';
import { EstimatorAnswer, mergeEstimate } from './understanding/merge-estimate.ts';

/** Asks a service of the hub's owner for what the text of an issue does not tell. What it cannot tell stays unknown. */

export interface EstimatorPorts {
  readonly url: string;
  readonly token: string | null;
  /** Sends a request. @throws FettleError for any answer but one of 2xx. */
  readonly request: (request: OutgoingRequest) => Promise<OutgoingResponse>;
}

const TIMEOUT_MS = 60_000;
const MOST_ANSWER_BYTES = 64 * 1024;
const LONGEST_PROBLEM = 300;

/**
 * The understanding with what the estimator adds. An estimator that fails or answers something else is a problem in words, and no reason to
 * assume anything.
 * @throws only when the caller gave up.
 */
export async function askEstimator(
  { url, token, request }: EstimatorPorts,
  read: Understanding,
  { title, body, labels }: Pick<SubjectFacts, 'title' | 'body' | 'labels'>,
  signal: AbortSignal,
): Promise<Understanding> {
  if (read.estimate !== undefined && read.difficulty !== undefined) return read;
  const outgoing: OutgoingRequest = {
    url,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ title, body, labels }),
    timeoutMs: TIMEOUT_MS,
    maxBytes: MOST_ANSWER_BYTES,
  };
  try {
    const { body: answer } = await request(outgoing);
    const parsed = EstimatorAnswer.safeParse(toJson(answer));
    if (parsed.success) return mergeEstimate(read, parsed.data);
    const where = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
    return withProblem(read, `The estimator answered something else than an estimate (${where.join('; ')}).`);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof FettleError)) throw error;
    return withProblem(read, `The estimator could not be asked: ${error.message}`);
  }
}

function toJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function withProblem(read: Understanding, problem: string): Understanding {
  return { ...read, problems: [...read.problems, cleanText(problem, LONGEST_PROBLEM)] };
}
