import { FettleError } from '../../core/errors.ts';

/** What could not be fetched for a bundle, collected while the rest goes on. */
export interface ProblemList {
  readonly problems: readonly string[];
  note(problem: string): void;
  /** What `work` gives, or undefined and a noted problem when it fails or the time is over. `what` as in “The comments”. */
  attempt<T>(what: string, work: () => Promise<T>): Promise<T | undefined>;
}

const MOST_PROBLEMS = 20;

/** @param timeoutMs for everything that is attempted, counted from now. */
export function createProblemList(timeoutMs: number, signal: AbortSignal): ProblemList & { close(): void } {
  const problems: string[] = [];
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, timeoutMs).unref();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const note = (problem: string) => {
    if (problems.length < MOST_PROBLEMS && !problems.includes(problem)) problems.push(problem);
  };
  return {
    problems,
    note,
    async attempt(what, work) {
      try {
        return await orOver(work(), over.signal);
      } catch (error) {
        note(`${what} could not be fetched. ${toWords(error, timeoutMs)}`);
        return undefined;
      }
    },
    close() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}

class OverError extends Error {}

/** Work that goes on when its time is over has nothing to say any more. */
function orOver<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new OverError());
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail));
  });
}

function toWords(error: unknown, timeoutMs: number): string {
  if (error instanceof FettleError) return error.message;
  if (error instanceof OverError) return `The forge did not answer within ${timeoutMs / 1000} seconds.`;
  return 'Something went wrong inside Fettle.';
}
