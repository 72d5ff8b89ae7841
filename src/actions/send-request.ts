import type { RunContext, RunRequest } from '../jobs/contract.ts';
import type { OutgoingResponse } from '../network/contract.ts';
import { toUpstreamError } from '../network/upstream-error.ts';
import { VERSION } from '../version.ts';
import { cleanText } from '../core/clean-text.ts';

/** Every status that is no success, so that what the answer says can be told. */
const REFUSALS = Array.from({ length: 300 }, (_, index) => 300 + index);
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Below the timeout of the actions, so that it is the request that fails and says whether it may have been acted upon. */
const REQUEST_TIMEOUT_MS = 20_000;
const MAX_WORDS_CHARS = 200;
/** Shorter pieces of a secret occur in any text. */
const SHORTEST_SECRET_CHARS = 6;

/**
 * Sends a request of an action. A refusal is thrown with what the other side says about it, unless that repeats a secret.
 * @param secrets what must not be in an error: tokens, and addresses that are secrets.
 * @param explain adds to words of the other side what they mean.
 * @throws FettleError as `RunContext.request`.
 */
export async function sendRequest(
  context: RunContext,
  request: RunRequest,
  secrets: readonly string[],
  explain: (words: string) => string = (words) => words,
): Promise<OutgoingResponse> {
  const headers = { 'user-agent': `Fettle/${VERSION}`, ...request.headers };
  const limits = { timeoutMs: REQUEST_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
  const answer = await context.request({ ...limits, ...request, headers, accept: REFUSALS });
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw toUpstreamError(new URL(answer.url).host, answer, explain(toAnswerWords(answer.body, secrets)));
}

/**
 * What an answer says about itself, as one short line: the usual fields of JSON, or text. Empty for a page, and for anything that holds a
 * secret, since some servers repeat what they were sent.
 */
export function toAnswerWords(body: Buffer, secrets: readonly string[]): string {
  const text = body.toString().trim();
  const said = text.startsWith('{') ? findWords(text) : text.startsWith('<') ? '' : text;
  const words = cleanText(said, MAX_WORDS_CHARS);
  const pieces = secrets.flatMap((secret) => [secret, ...secret.split(/[/?&=#]/)]);
  const repeats = pieces.some((piece) => piece.length >= SHORTEST_SECRET_CHARS && said.includes(piece));
  return repeats ? '' : words;
}

function findWords(json: string): string {
  try {
    const { error, message, detail, title } = JSON.parse(json) as Record<string, unknown>;
    const inner = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    const found = [inner, message, detail, title].find((each) => typeof each === 'string' && each !== '');
    return typeof found === 'string' ? found : '';
  } catch {
    return '';
  }
}
