import { createHash } from 'node:crypto';
import { z } from 'zod';
import { secretReference, template } from '../../config/action-fields.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { defineAction } from '../define-action.ts';
import { sendRequest } from '../send-request.ts';
import { toContent } from './body.ts';
import { isFreeHeader, toFreeHeaders } from './headers.ts';
import { toSignatureHeaders } from './signature.ts';

const Secret = secretReference('Secret that signs the request: `whsec_…` as Standard Webhooks writes it, or any text.');

const HeaderName = z.string().refine(isFreeHeader).meta({
  title:
    'the name of a header that Fettle does not set itself; for Authorization use `token`, for Content-Type `contentType`',
});

const Input = z
  .strictObject({
    url: template('Address to send to. A field of the event in it is always encoded as one part of the address.').meta({
      escape: 'url',
    }),
    method: z.enum(['POST', 'PUT']).default('POST').describe('How it is sent.'),
    format: z
      .enum(['cloudevents', 'event', 'custom'])
      .default('cloudevents')
      .describe(
        'What is sent: the event in a CloudEvents 1.0 envelope, the same that the stream carries; the event alone; or the text of `body`.',
      ),
    body: template('Text to send, with `format: custom`. In JSON, fields of the event need `| json`.').optional(),
    contentType: z
      .string()
      .regex(/^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}(; ?[\w-]{1,30}=[\w-]{1,30})?$/)
      .meta({ title: 'a media type such as text/plain or application/x-www-form-urlencoded' })
      .describe('Type of `body`; application/json when left out.')
      .optional(),
    headers: z
      .record(HeaderName, template('Value of the header.'))
      .describe('Further headers, such as `X-Source: fettle`.')
      .optional(),
    secret: z
      .union([Secret, z.array(Secret).min(1).max(5)])
      .describe(
        'Signs the request as Standard Webhooks says, so that the receiver can tell that it is genuine. A list signs with each of them: name the new and the old secret while the receiver changes over.',
      )
      .optional(),
    token: secretReference('Sent as `Authorization: Bearer …`.').optional(),
    ordered: z
      .boolean()
      .default(false)
      .describe('Keep the order of the events at this address: each waits until the one before has arrived.'),
  })
  .refine(({ format, body, contentType }) => (format === 'custom' ? body !== undefined : !(body ?? contentType)))
  .meta({ title: 'a `body` with `format: custom`, and neither `body` nor `contentType` without it' });
type Input = z.output<typeof Input>;

/**
 * Sends an event by HTTP. The id of the run is sent as `webhook-id` with every attempt, by which a receiver recognises a repeat.
 * `Fettle-Hops` counts the effects of Fettle that led to the request, so that hubs that send to each other can end a loop.
 */
export const webhookSend = defineAction({
  name: 'webhook.send',
  summary: 'Sends the event, or a text, to a web address, signed and tried again until it arrives.',
  input: Input,
  examples: [
    {
      title: 'Every event to a service of yours, signed',
      yaml: 'webhook.send:\n  url: https://app.example.org/hooks/fettle\n  secret: ${env:APP_WEBHOOK_SECRET}',
    },
    {
      title: 'While the secret is changed, signed with both',
      yaml: 'webhook.send:\n  url: https://app.example.org/hooks/fettle\n  secret: ["${env:NEW_SECRET}", "${env:OLD_SECRET}"]',
    },
    {
      title: 'A request that another service expects',
      yaml: [
        'webhook.send:',
        '  url: https://deploy.example.org/projects/{{ repo.name }}',
        '  format: custom',
        '  body: \'{"ref": {{ ref | json }}}\'',
        '  token: ${file:/run/secrets/deploy}',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 30_000,
  concurrency: 8,
  allowedInRepository: true,

  target({ url, ordered, secret, token }) {
    const host = URL.parse(url)?.host ?? '';
    return {
      destination: host === '' ? 'webhook' : host,
      // Some addresses hold a key, which has no business in a list of what waits.
      orderKey: ordered ? `webhook.send:${host}/${createHash('sha256').update(url).digest('hex').slice(0, 12)}` : null,
      credential: toCredentialName([...(token === undefined ? [] : [token]), ...toList(secret)]),
      reaches: [`host:${host}`],
    };
  },

  async run(context: RunContext, input: Input) {
    const { contentType, body } = toContent(input, context);
    const secrets = await Promise.all(toList(input.secret).map((reference) => context.secret(reference)));
    const token = input.token === undefined ? undefined : await context.secret(input.token);
    const answer = await sendRequest(
      context,
      {
        url: input.url,
        method: input.method,
        headers: {
          ...toFreeHeaders(input.headers ?? {}),
          'content-type': contentType,
          'fettle-hops': String(context.run.hops + 1),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...toSignatureHeaders({ id: context.run.id, atMs: context.clock(), body }, secrets),
        },
        body,
      },
      [...secrets, ...(token === undefined ? [] : [token])],
    );
    const { host } = new URL(answer.url);
    return { state: 'succeeded', summary: `${host} took it (${answer.status}).`, data: { status: answer.status } };
  },
});

function toList(secret: string | readonly string[] | undefined): readonly string[] {
  if (secret === undefined) return [];
  return typeof secret === 'string' ? [secret] : secret;
}
