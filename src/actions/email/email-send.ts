import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { toNotice } from '../notice.ts';
import { findMailbox, toRecipients } from './addresses.ts';
import { toMail } from './compose.ts';
import { type MailDelivery, sendMail } from './send-mail.ts';

const To = template('An address such as `ada@example.org` or `Ada <ada@example.org>`.');

const Input = z.strictObject({
  to: z
    .union([To, z.array(To).min(1).max(50)])
    .describe('Whom to send to: one address or a list. All of them see each other.'),
  subject: template(
    'Subject; by default what the event is about, the same for all mail about one issue or pull request.',
  ).optional(),
  text: template('What to say; by default lines that tell what happened, with a link. Sent as plain text.').optional(),
});
type Input = z.output<typeof Input>;

/**
 * Sends one message by the mail server of the configuration. A server recognises no repeat, so the intent is recorded first; the
 * Message-ID is the same for every attempt, by which many mail programs show a repeat once.
 */
export const emailSend = defineAction({
  name: 'email.send',
  summary: 'Sends an e-mail through your mail server, grouped by issue, pull request or branch.',
  input: Input,
  examples: [
    { title: 'The standard message', yaml: 'email.send:\n  to: releases@example.org' },
    {
      title: 'Words of your own, to two people',
      yaml: [
        'email.send:',
        '  to: [ada@example.org, "Grace <grace@example.org>"]',
        '  subject: "{{ check.name }} failed in {{ repo.name }}"',
        '  text: "{{ check.description }}',
        '',
        '    {{ check.url }}"',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'none',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,

  target({ to }) {
    const addresses = toList(to).map((text) => (findMailbox(text)?.address ?? text.trim()).toLowerCase());
    return {
      destination: 'smtp',
      orderKey: `email.send:${addresses.toSorted().join(',')}`,
      credential: 'smtp',
      reaches: addresses.map((address) => `address:${address}`),
    };
  },

  async run(context: RunContext, input: Input) {
    const { smtp, from } = toSender(context.config().smtp);
    const to = toRecipients(toList(input.to));
    const mail = toMail(toNotice(input.text, context), input.subject, { from, to }, context);
    const refused: string[] = [];
    let left: readonly string[] = to.map(({ address }) => address);
    // A server may take a message for some and put others off (grey-listing). What was taken is on record under its own name, so
    // that the next attempt sends to the rest only. Each round has somebody accepted, or it throws.
    for (let round = 1; ; round += 1) {
      let isSentNow = false;
      const recipients = left;
      const delivery = await context.effect(round === 1 ? 'send' : `send to the rest, ${round - 1}`, async () => {
        isSentNow = true;
        return { ...(await sendMail(context, smtp, mail, recipients)) };
      });
      refused.push(...delivery.refused);
      left = delivery.deferred;
      if (left.length === 0) break;
      if (isSentNow) {
        throw new FettleError(
          'upstream_busy',
          `The mail server took the message for some, and puts off: ${left.join(', ')}. It is sent to these again.`,
        );
      }
    }
    return {
      state: 'succeeded',
      summary: `Sent to ${toCount(to.length - refused.length)}${refused.length === 0 ? '' : `; refused for ${refused.join(', ')}`}.`,
      data: { messageId: mail.messageId, refused } satisfies { messageId: string; refused: MailDelivery['refused'] },
    };
  },
});

function toList(to: Input['to']): readonly string[] {
  return typeof to === 'string' ? [to] : to;
}

function toCount(count: number): string {
  return count === 1 ? '1 address' : `${count} addresses`;
}

function toSender(smtp: Config['smtp']) {
  const { host, from } = smtp;
  if (host === null) {
    throw new FettleError('config_invalid', 'There is no mail server: set `smtp.host` in the configuration.');
  }
  const sender = findMailbox(from ?? '');
  if (sender === undefined) {
    throw new FettleError(
      'config_invalid',
      'There is no sender: set `smtp.from` in the configuration, such as Fettle <fettle@example.org>.',
    );
  }
  return { smtp: { ...smtp, host }, from: sender };
}
