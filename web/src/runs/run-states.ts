import type { RunState } from '../api/run-shapes.ts';

/** How urgent a state is to somebody who looks: green is done, red needs a person. */
export type Tone = 'good' | 'busy' | 'wait' | 'bad' | 'quiet';

/** What each state means, in a few words, and how it is coloured. */
export const STATE_TEXTS: Record<RunState, { readonly tone: Tone; readonly about: string }> = {
  queued: { tone: 'busy', about: 'It is to be done as soon as there is room.' },
  running: { tone: 'busy', about: 'It is being done.' },
  waiting: { tone: 'wait', about: 'It waits for something; the reason says for what.' },
  failed: { tone: 'wait', about: 'It went wrong and is tried again by itself.' },
  dead: { tone: 'bad', about: 'It went wrong and is not tried again until somebody redrives it.' },
  succeeded: { tone: 'good', about: 'It was done.' },
  unchanged: { tone: 'good', about: 'Everything was already as wanted.' },
  skipped: { tone: 'quiet', about: 'It did not apply.' },
  cancelled: { tone: 'quiet', about: 'Somebody, or the run before it, ended it.' },
};

const REDRIVABLE: readonly RunState[] = ['dead', 'cancelled', 'waiting', 'failed'];
const CANCELLABLE: readonly RunState[] = ['queued', 'running', 'waiting', 'failed'];

/** Whether a run can be got going again. One whose input could not be rendered has nothing to send. */
export function isRedrivable({ state, input }: { readonly state: RunState; readonly input: unknown }): boolean {
  return REDRIVABLE.includes(state) && input !== null;
}

/** Whether a run is not over yet. */
export function isCancellable({ state }: { readonly state: RunState }): boolean {
  return CANCELLABLE.includes(state);
}
