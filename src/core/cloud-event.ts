/** What of an event stands outside its data in a CloudEvents envelope. */
export interface EnvelopeFields {
  readonly id: string;
  readonly forge: string;
  readonly type: string;
  /** Full name. */
  readonly repo: string | null;
  /** Number of the issue or pull request. */
  readonly number: number | null;
  /** When it happened, or else when it was received. */
  readonly time: string | undefined;
}

/**
 * The CloudEvents 1.0 envelope of an event, as JSON text: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md.
 * Everybody who gets events from Fettle, on the stream or by a webhook, gets this one.
 * @param dataJson the event itself, as JSON text; it is put in as it is.
 * @param publicUrl the hub's address; without it `source` is a relative reference, which the format allows.
 */
export function toCloudEvent(fields: EnvelopeFields, dataJson: string, publicUrl: string | null): string {
  const attributes = {
    specversion: '1.0',
    id: fields.id,
    source: `${publicUrl?.replace(/\/+$/, '') ?? ''}/forges/${encodeURIComponent(fields.forge)}`,
    type: `dev.fettle.${fields.type}`,
    subject: fields.repo === null ? undefined : fields.repo + (fields.number === null ? '' : `#${fields.number}`),
    time: fields.time,
    datacontenttype: 'application/json',
  };
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${dataJson}}`;
}
