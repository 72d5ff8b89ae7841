import type { Outcome, RunContext } from '../../jobs/contract.ts';
import { beginRevision, joinDigest, markShown, toDigestScope } from '../../store/digests.ts';
import { addToDigest, type DigestState, toDigestMessage } from '../message/digest-message.ts';
import { toNotice } from '../notice.ts';
import { type MessageContent, toContent, toEdit } from './content.ts';
import { type PostedEvent, toEventUrl } from './event-url.ts';

export interface DigestInput {
  readonly text?: string | undefined;
  readonly type: 'notice' | 'text';
  readonly group?: string | undefined;
  readonly windowMs: number;
  /** Milliseconds. */
  readonly editEvery: number;
}

export interface DigestPlace {
  readonly roomId: string;
  /** As the rule writes it. */
  readonly room: string;
  /** What makes the account; only the account that posted a message can edit it. */
  readonly account: readonly string[];
}

/**
 * Posts the first message of a window, and edits it for the runs that follow; `store/digests.ts` has the protocol. The first run that
 * comes when an edit is due makes it for all.
 */
export async function notifyByDigest(
  context: RunContext,
  input: DigestInput,
  place: DigestPlace,
  post: (transactionId: string, content: MessageContent) => Promise<PostedEvent>,
): Promise<Outcome> {
  const { run, event, clock } = context;
  const { roomId, room, account } = place;
  const group = input.group ?? event?.repo?.fullName ?? run.repo ?? '';
  const scope = toDigestScope(['matrix.notify', run.rule, ...account, roomId, input.type, group]);
  const item = { event, message: toNotice(input.text, context), isOwnText: input.text !== undefined };
  const entry = await joinDigest<DigestState>(
    context.db(),
    { runId: run.id, scope, windowMs: input.windowMs, nowMs: clock() },
    (state) => addToDigest(state, item),
  );
  const { digestId, nextEditAtMs } = entry;
  const toShown = (message: string | null): Outcome => ({
    state: 'succeeded',
    summary: `Part of the message of its window in ${room}.`,
    ...(message === null ? {} : { url: toEventUrl({ roomId, eventId: message }) }),
  });
  if (entry.number <= entry.shownThrough) return toShown(entry.message);
  if (clock() < nextEditAtMs) return toLater(nextEditAtMs);

  const revision = await beginRevision<DigestState>(context.db(), digestId);
  if (revision === undefined) return toShown(entry.message);
  const message = toDigestMessage(revision.state);
  const content = toContent(message, input.type);
  // With another access token it may be another account, whose edits nobody would see: it posts anew.
  const edited = entry.scope === scope ? revision.message : null;
  const posted = await context.step(`send ${revision.revision}`, () =>
    post(`${digestId}-${revision.revision}`, edited === null ? content : toEdit(content, message, edited)),
  );
  const sentAtMs = clock();
  const nextAtMs = sentAtMs + input.editEvery;
  await markShown(context.db(), revision, {
    message: posted.eventId,
    nextEditAtMs: nextAtMs,
    closesAtMs: sentAtMs + input.windowMs,
  });
  if (entry.number > revision.through) return toLater(nextAtMs);
  const url = toEventUrl(edited === null ? posted : { roomId, eventId: edited });
  const summary = edited === null ? `Posted to ${room}.` : `Added to the message of its window in ${room}.`;
  return { state: 'succeeded', summary, url };
}

function toLater(atMs: number): Outcome {
  return { state: 'later', atMs, summary: 'Waits until the message of its window may be changed again.' };
}
