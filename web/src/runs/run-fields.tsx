import type { ReactNode } from 'react';
import type { RunDetails } from '../api/run-shapes.ts';
import type { Field } from '../detail/FieldList.tsx';
import { Link } from '../navigation/Link.tsx';
import { toCountText } from '../shared/quantity.ts';
import { toDurationText, toMomentText } from '../shared/time.ts';
import { ORIGIN_MARKS } from './run-texts.ts';

/** What is known of a run, named, in the order it is shown; what is not known is left out. */
export function toRunFields(run: RunDetails): readonly Field[] {
  const fields: Field[] = [];
  const add = (name: string, value: ReactNode) => {
    if (value !== undefined && value !== null && value !== '' && value !== false) fields.push({ name, value });
  };
  const { options, calls, delivery } = run;
  const took = run.startedAt !== null && run.finishedAt !== null && toMs(run.startedAt, run.finishedAt);
  add('Event', toEvent(run));
  add(
    'Delivery',
    run.deliveryId !== null && (
      <>
        {delivery !== null && `${delivery.forge} · ${delivery.deliveryId} · `}
        <Link href={`/runs?delivery=${run.deliveryId}`}>all its runs</Link>
      </>
    ),
  );
  add('Rule', run.ruleSource === null ? run.rule : `${run.rule}, of ${run.ruleSource} itself`);
  add('Repository', run.repo);
  add('Number', run.number !== null && `#${run.number}${run.subject === null ? '' : ` (${run.subject})`}`);
  add('Destination', run.destination);
  add('Credential', run.credential);
  add('In order with', run.orderKey !== null && `all runs of ${run.orderKey}`);
  add(
    'Begins after',
    run.afterRun !== null && <Link href={`/runs/${run.afterRun}`}>the run before it in the rule</Link>,
  );
  add('Made', toMomentText(run.createdAt));
  add('Origin', ORIGIN_MARKS[run.origin]?.about);
  add('Last attempt', run.startedAt !== null && toMomentText(run.startedAt));
  add(
    'Ended',
    run.finishedAt !== null &&
      `${toMomentText(run.finishedAt)}${took === false ? '' : `, after ${toDurationText(took)}`}`,
  );
  add('Next attempt', run.nextAt !== null && toMomentText(run.nextAt));
  add('Attempts', `${run.attempt}${options.maxAttempts === null ? '' : ` of at most ${options.maxAttempts}`}`);
  add('Tried for', options.retryForMs !== null && `at most ${toDurationText(options.retryForMs)}`);
  add('Time limit', options.timeoutMs !== null && `${toDurationText(options.timeoutMs)} for each attempt`);
  add('If outcome unknown', options.onUnknown === 'resend' && 'it is sent again');
  add(
    'API calls',
    Object.entries(calls)
      .map(([credential, count]) => `${toCountText(count, 'call')} by ${credential}`)
      .join(', '),
  );
  add('Hops', run.hops > 0 && `${toCountText(run.hops, 'effect')} of Fettle itself led here`);
  add('Id', <code>{run.id}</code>);
  return fields;
}

function toEvent({ event, eventId }: RunDetails): ReactNode {
  if (event !== null) {
    return (
      <Link href={`/events/${event.id}`}>
        {event.type} (no. {event.seq})
      </Link>
    );
  }
  return eventId === null ? null : 'older than what is kept';
}

function toMs(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
