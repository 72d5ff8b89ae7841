import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { duration } from '../../config/shapes.ts';
import { FettleError } from '../../core/errors.ts';
import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { toNotice } from '../notice.ts';
import { type MessageContent, toContent } from './content.ts';
import { notifyByDigest } from './digest.ts';
import { type PostedEvent, toEventUrl } from './event-url.ts';
import { type Homeserver, openHomeserver } from './homeserver.ts';
import { ensureJoined, forgetRoom } from './room.ts';

const Input = z.strictObject({
  room: template(
    'Room to post in: an alias such as #releases:example.org, or a room id such as !abc:example.org. The account joins by itself where it may; a private room must invite it first.',
  ),
  text: template(
    'What to say, as plain text; lines are kept and markup is shown as it is. Left out, the standard message of the event is posted, with links.',
  ).optional(),
  type: z
    .enum(['notice', 'text'])
    .default('notice')
    .describe(
      'How it is posted: `notice` is quiet, as is usual for bots; `text` notifies people as a message of a person does.',
    ),
  window: duration('1s', '1d')
    .describe(
      'Post at most one new message per room and group in this time. The first is posted at once; what follows in the window is added to that message, with running totals. Nothing is left out.',
    )
    .optional(),
  editEvery: duration('1s', '1h').prefault('5s').describe('With `window`: how often the message is changed at most.'),
  group: template(
    'With `window`: what shares a message. Left out, the full name of the repository: each repository has its own message.',
  ).optional(),
  allowUnencrypted: z
    .boolean()
    .default(false)
    .describe(
      'Post into an encrypted room too. Fettle cannot encrypt: the message is readable by the servers of the room.',
    ),
});
export type MatrixNotifyInput = z.output<typeof Input>;

/**
 * Posts a message to a Matrix room. The transaction id follows from the run (or from digest and revision), so a repeated attempt is the
 * same message: the homeserver recognises it.
 */
export const matrixNotify = defineAction({
  name: 'matrix.notify',
  summary: 'Posts a message about the event to a Matrix room, or adds it to the message of the last minute or so.',
  input: Input,
  examples: [
    {
      title: 'Pushes, at most one new message per repository and minute',
      yaml: 'matrix.notify:\n  room: "#releases:example.org"\n  window: 1m',
    },
    {
      title: 'A text of your own that notifies people',
      yaml: 'matrix.notify:\n  room: "!abc123:example.org"\n  type: text\n  text: "{{ actor.login }} needs a decision on {{ repo.fullName }}#{{ number }}: {{ title }}"',
    },
  ],
  needs: [],
  idempotency: 'key',
  timeoutMs: 60_000,
  concurrency: 4,
  allowedInRepository: true,

  target: ({ room }) => ({
    destination: 'matrix',
    orderKey: `matrix.notify:${room}`,
    credential: 'matrix',
    reaches: [`room:${room}`],
  }),

  async run(context: RunContext, input: MatrixNotifyInput): Promise<Outcome> {
    const homeserver = openHomeserver(context);
    const roomId = await context.step('room', () => enterRoom(context, homeserver, input));
    const post = (transactionId: string, content: MessageContent) =>
      sendOrRejoin(context, homeserver, input, { roomId, transactionId, content });
    if (input.window !== undefined) {
      const place = { roomId, room: input.room, account: [homeserver.url, homeserver.token] };
      return await notifyByDigest(context, { ...input, windowMs: input.window }, place, post);
    }
    const content = toContent(toNotice(input.text, context), input.type);
    const posted = await context.step('send', () => post(context.run.id, content));
    return { state: 'succeeded', summary: `Posted to ${input.room}.`, url: toEventUrl(posted) };
  },
});

/** @throws FettleError `action_forbidden` when the room is encrypted and the rule does not allow to post there in the clear. */
async function enterRoom(context: RunContext, homeserver: Homeserver, input: MatrixNotifyInput): Promise<string> {
  const { room, allowUnencrypted } = input;
  const { roomId, isEncrypted } = await ensureJoined(homeserver, room, context.clock());
  if (isEncrypted && !allowUnencrypted) {
    throw new FettleError(
      'action_forbidden',
      `The room ${room} is encrypted, and Fettle cannot encrypt: nothing was sent. Use a room without encryption, or set \`allowUnencrypted: true\` in the rule to post there in the clear.`,
    );
  }
  return roomId;
}

/**
 * An account that was thrown out and invited again is let in by joining once more. An alias may by now stand for another room, as after an
 * upgrade; there, an edit is a message of its own.
 */
async function sendOrRejoin(
  context: RunContext,
  homeserver: Homeserver,
  input: MatrixNotifyInput,
  message: { readonly roomId: string; readonly transactionId: string; readonly content: MessageContent },
): Promise<PostedEvent> {
  const { roomId, transactionId, content } = message;
  try {
    return { roomId, eventId: await homeserver.send(roomId, transactionId, content) };
  } catch (error) {
    if (!(error instanceof FettleError && error.code === 'access_refused')) throw error;
    context.log('The homeserver refused it, so the room is looked up and joined again.');
    forgetRoom(homeserver, input.room);
    const joinedId = await enterRoom(context, homeserver, input);
    const again = joinedId === roomId ? content : (content['m.new_content'] ?? content);
    return { roomId: joinedId, eventId: await homeserver.send(joinedId, transactionId, again) };
  }
}
