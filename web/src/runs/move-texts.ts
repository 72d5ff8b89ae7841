import type { RunDetails } from '../api/run-shapes.ts';

interface MoveText {
  readonly label: string;
  /** What follows from it. */
  readonly question: string;
}

/** What somebody can do to a run, in words that fit its state. */
export function toMoveTexts({ code, state, destination }: RunDetails): {
  /** Nobody knows whether the effect was made. */
  readonly isUnknown: boolean;
  readonly redrive: MoveText;
  readonly cancel: MoveText;
} {
  if (state === 'waiting' && code === 'outcome_unknown') {
    return {
      isUnknown: true,
      redrive: { label: 'Send again', question: `Send it to ${destination} again? If it arrived, it is there twice.` },
      cancel: { label: 'It was made', question: `Close the run because the effect is at ${destination} already?` },
    };
  }
  const isTriedAnyway = state === 'failed';
  return {
    isUnknown: false,
    redrive: {
      label: isTriedAnyway ? 'Try now' : 'Redrive',
      question:
        'Get this run going again now? Steps that finished are not repeated, and it has all its attempts before it.',
    },
    cancel: {
      label: 'Cancel run',
      question:
        'Cancel this run? It is not tried again unless somebody redrives it, and runs that wait for it are cancelled too.',
    },
  };
}
