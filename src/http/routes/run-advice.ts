import type { RunDetails } from '../../store/run-details.ts';

type Advised = Pick<
  RunDetails,
  | 'id'
  | 'state'
  | 'code'
  | 'reason'
  | 'nextAt'
  | 'afterRun'
  | 'input'
  | 'destination'
  | 'credential'
  | 'eventId'
  | 'intent'
>;

/** What a person can do about a run, in whole sentences; null when nothing is to be done. */
export function toAdvice(run: Advised): string | null {
  switch (run.state) {
    case 'waiting':
      return toWaitingAdvice(run);
    case 'failed':
      return `It is tried again by itself. To try now: fettle runs redrive ${run.id}`;
    case 'dead':
      return toDeadAdvice(run);
    default:
      return null;
  }
}

function toWaitingAdvice(run: Advised): string | null {
  switch (run.code) {
    case 'outcome_unknown':
      return `Look at ${run.destination} whether the effect is there. If it is: fettle runs cancel ${run.id}. If it is not, send again: fettle runs redrive ${run.id}`;
    case 'credential_refused':
      return `All runs that use the credential ${run.credential} wait. Put a working one into its setting and they go on by themselves. If the other side was mended instead: fettle runs redrive ${run.id}`;
    case 'access_refused':
      return `Give the credential ${run.credential} the right to do this there, then: fettle runs redrive ${run.id}`;
    default:
      if (run.afterRun !== null && run.nextAt === null) return `It begins when run ${run.afterRun} has ended well.`;
      return null;
  }
}

/** Codes whose cause is in the rule, which a run does not read again. */
const CAUSED_BY_RULE = ['template_failed', 'input_invalid', 'rule_invalid', 'action_forbidden'];

function toDeadAdvice(run: Advised): string {
  const isCausedByRule = run.input === null || (run.code !== null && CAUSED_BY_RULE.includes(run.code));
  if (!isCausedByRule) return `Mend what the reason names, then: fettle runs redrive ${run.id}`;
  const replay =
    run.eventId === null ? 'wait for its next time' : `replay the event: fettle replay ${run.eventId} --redrive --yes`;
  return `Correct the rule, since a run keeps the input it was made with; then ${replay}`;
}
