import { z } from 'zod';
import { secretReference, template } from '../../config/action-fields.ts';
import { HttpUrl } from '../../config/shapes.ts';
import { FettleError } from '../../core/errors.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { toCredentialName } from '../credential-name.ts';
import { defineAction } from '../define-action.ts';
import { cleanText } from '../../core/clean-text.ts';
import type { Message } from '../message/message.ts';
import { toPlainText } from '../message/plain-text.ts';
import { toSafeUrl } from '../message/safe-url.ts';
import { toNotice } from '../notice.ts';
import { sendRequest } from '../send-request.ts';

const Input = z.strictObject({
  server: HttpUrl.prefault('https://ntfy.sh').describe('Address of the ntfy server.'),
  topic: template(
    'Topic to publish to: letters, digits, hyphens and underscores. On a public server whoever knows it can read it.',
  ),
  title: template('Line above the message; none when left out.').optional(),
  text: template('The message; by default lines that tell what happened.').optional(),
  priority: z
    .number()
    .int()
    .min(1)
    .max(5)
    .describe('From 1, which is silent, to 5, which insists; 3 is normal.')
    .optional(),
  tags: z
    .array(template('A tag; the name of an emoji such as `rocket` is shown as one.'))
    .max(10)
    .describe('Tags, shown with the message.')
    .optional(),
  click: template('Address to open when the message is tapped; by default the page of what happened.').optional(),
  token: secretReference('Access token, where the server or the topic asks for one.').optional(),
});
type Input = z.output<typeof Input>;

const TOPIC = /^[-_A-Za-z0-9]{1,64}$/;
/** A longer message would become an attachment. */
const MAX_MESSAGE_BYTES = 4_096;
const MAX_TITLE_CHARS = 250;
const MAX_TAG_CHARS = 60;

/** Publishes to a topic: https://docs.ntfy.sh/publish/#publish-as-json. Nothing recognises a repeat, so the intent is recorded first. */
export const ntfyNotify = defineAction({
  name: 'ntfy.notify',
  summary: 'Sends a push message to phones and desktops through ntfy.',
  input: Input,
  examples: [
    { title: 'The standard message', yaml: 'ntfy.notify:\n  topic: our-releases-x7k2' },
    {
      title: 'A server of your own, loud',
      yaml: [
        'ntfy.notify:',
        '  server: https://ntfy.example.org',
        '  topic: builds-{{ repo.name | slugify }}',
        '  title: "{{ check.name }} failed"',
        '  priority: 5',
        '  tags: [rotating_light]',
        '  token: ${env:NTFY_TOKEN}',
      ].join('\n'),
    },
  ],
  needs: [],
  idempotency: 'none',
  timeoutMs: 30_000,
  concurrency: 4,
  allowedInRepository: true,

  target({ server, topic, token }) {
    const { host } = new URL(server);
    return {
      destination: host,
      orderKey: `ntfy.notify:${host}/${topic}`,
      credential: toCredentialName(token === undefined ? [] : [token]),
      reaches: [`host:${host}`],
    };
  },

  async run(context: RunContext, input: Input) {
    if (!TOPIC.test(input.topic)) {
      throw new FettleError(
        'input_invalid',
        'The topic of `ntfy.notify` may hold letters, digits, hyphens and underscores only, at most 64. Put `| slugify` behind the field in its template.',
      );
    }
    const token = input.token === undefined ? undefined : await context.secret(input.token);
    const body = JSON.stringify({ topic: input.topic, ...toPublication(input, toNotice(input.text, context)) });
    await context.effect('send', async () => {
      const headers = {
        'content-type': 'application/json',
        'fettle-hops': String(context.run.hops + 1),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const request = { url: `${input.server}/`, method: 'POST', headers, body };
      const answer = await sendRequest(context, request, token === undefined ? [] : [token]);
      return answer.status;
    });
    return { state: 'succeeded', summary: `Published at ${new URL(input.server).host}.` };
  },
});

function toPublication(input: Input, message: Message) {
  const { title, priority, tags = [] } = input;
  const click = input.click === undefined ? message.url : toSafeUrl(input.click);
  return {
    // The address is behind the message already.
    message: toShortText(toPlainText({ ...message, url: null })),
    ...(title === undefined ? {} : { title: cleanText(title, MAX_TITLE_CHARS) }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags.length === 0 ? {} : { tags: tags.map((tag) => cleanText(tag, MAX_TAG_CHARS)) }),
    ...(click === null ? {} : { click }),
  };
}

function toShortText(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_MESSAGE_BYTES) return text;
  // Decoding with `stream` leaves out a character that was cut in two.
  const whole = new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES - 3), { stream: true });
  return `${whole}…`;
}
