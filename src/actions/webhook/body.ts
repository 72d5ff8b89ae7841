import { toCloudEvent } from '../../core/cloud-event.ts';
import { FettleError } from '../../core/errors.ts';
import type { Event } from '../../core/event.ts';
import type { RunContext } from '../../jobs/contract.ts';

export interface Content {
  readonly contentType: string;
  readonly body: string;
}

export interface BodyInput {
  readonly format: 'cloudevents' | 'event' | 'custom';
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
}

/**
 * What is sent. The envelope is the one that the stream carries.
 * @throws FettleError `input_invalid` when the event is to be sent and there is none.
 */
export function toContent(input: BodyInput, context: Pick<RunContext, 'event' | 'config'>): Content {
  if (input.format === 'custom')
    return { contentType: input.contentType ?? 'application/json', body: input.body ?? '' };
  const { event } = context;
  if (event === null) {
    throw new FettleError(
      'input_invalid',
      'There is no event to send, since a schedule or a person made this run. Give `webhook.send` a `body` of its own and `format: custom`.',
    );
  }
  if (input.format === 'event') return { contentType: 'application/json', body: JSON.stringify(event) };
  return {
    contentType: 'application/cloudevents+json; charset=utf-8',
    body: toCloudEvent(toFields(event), JSON.stringify(event), context.config().publicUrl),
  };
}

function toFields(event: Event) {
  const { id, forge, type } = event;
  const time = event.occurredAt ?? event.receivedAt;
  return { id, forge, type, repo: event.repo?.fullName ?? null, number: event.number ?? null, time };
}
