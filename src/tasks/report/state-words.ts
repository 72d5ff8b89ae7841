import type { Task } from '../contract.ts';
import { toForeignCode } from './foreign-text.ts';

/** A task's state for people: a headline, and what they can do. */
export interface StateWords {
  readonly headline: string;
  /** One sentence; null where there is nothing to do. */
  readonly next: string | null;
}

/** The words for the state that a task is in. */
export function toStateWords(task: Task): StateWords {
  const holder = task.agent === null ? 'An agent' : toForeignCode(task.agent);
  const command = (verb: string) => `\`fettle tasks ${verb} ${task.id}\``;
  switch (task.state) {
    case 'blocked':
      if (task.quarantinedBy !== null)
        return {
          headline: `Taken out of circulation by ${toForeignCode(task.quarantinedBy)}`,
          next: `To let it go on: ${command('requeue')}.`,
        };
      return {
        headline: task.submitted === null ? 'Waiting until it can begin' : 'Handed in; being checked',
        next: null,
      };
    case 'queued':
      return { headline: 'Waiting for an agent', next: null };
    case 'leased':
      return {
        headline: task.submitted === null ? `${holder} is working on it` : `${holder} says it is done; being checked`,
        next: null,
      };
    case 'needs_input':
      return {
        headline: `${holder} has a question`,
        next: 'Answer with a comment here: who opened or asked for this, or may write to the repository.',
      };
    case 'awaiting_approval':
      return {
        headline: task.submitted === null ? 'Waiting for approval to begin' : 'Done and waiting for approval',
        next: `To decide: ${command('approve')} or ${command('reject')}.`,
      };
    case 'succeeded':
      return { headline: 'Done', next: null };
    case 'failed':
      return { headline: 'Failed', next: `To have it tried again: ${command('requeue')}.` };
    case 'cancelled':
      return { headline: 'Called off', next: null };
    default:
      return {
        headline: `Given up after ${task.attempt} ${task.attempt === 1 ? 'attempt' : 'attempts'}`,
        next: `To have it tried again: ${command('requeue')}.`,
      };
  }
}
