import type { Identity, ParsedDelivery } from '../contract.ts';
import { textAt, toStorableText } from '../read.ts';
import { headerOf, sha256Hex } from '../signature.ts';
import type { JsonObject } from '../read.ts';

/**
 * What a delivery calls itself; undefined without `X-Gitlab-Event`. A body that a custom template made is identified all the
 * same, so that it is kept and shown with its reason instead of being refused, which GitLab would count towards switching the hook off.
 */
export function identifyGitlab({ headers, payload, payloadBytes }: ParsedDelivery): Identity | undefined {
  const event = toHeaderText(headerOf(headers, 'x-gitlab-event'));
  if (event === undefined) return undefined;
  const deliveryId =
    toHeaderText(headerOf(headers, 'webhook-id')) ?? toHeaderText(headerOf(headers, 'idempotency-key'));
  // The UUID names a chain of causes that several hooks share, so it only completes the hash (before 17.4 there is no id).
  const eventUuid = headerOf(headers, 'x-gitlab-event-uuid') ?? '';
  return {
    event,
    action: findAction(payload),
    deliveryId,
    deliveryKey: deliveryId ?? `${sha256Hex(payloadBytes)}${eventUuid}`,
    test: false,
  };
}

/** GitLab's own word for what happened: an action, else the status of a run, else the name of a system or group event. */
export function findAction(payload: JsonObject): string | undefined {
  const name = textAt(payload, 'event_name');
  return (
    textAt(payload, 'object_attributes', 'action') ??
    textAt(payload, 'action') ??
    findStatus(payload) ??
    (name === textAt(payload, 'object_kind') ? undefined : name)
  );
}

function findStatus(payload: JsonObject): string | undefined {
  switch (textAt(payload, 'object_kind')) {
    case 'pipeline':
      return textAt(payload, 'object_attributes', 'status');
    case 'build':
    case 'job':
      return textAt(payload, 'build_status') ?? textAt(payload, 'job_status');
    case 'deployment':
      return textAt(payload, 'status');
    default:
      return undefined;
  }
}

function toHeaderText(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : toStorableText(value, 512);
}
